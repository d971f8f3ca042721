import { afterAll, beforeAll, expect, test } from "vitest";
import type { CanonicalPerson, Scheme } from "#libs/terms";
import type { FixtureServer } from "../read/sql/kind.fixture.js";
import { postgresKind } from "../read/sql/postgres/postgres.fixture.js";
import { explain } from "./judge.js";
import { type CaseRegister, openCaseRegister } from "./register.js";

/** To a house whose cases are in PostgreSQL: they are read in place, by one constant statement, whatever is asked. */
const schemes = new Map<string, Scheme>([
  ["nid", { name: "nid", pattern: /^\d{10}$/, normalise: ["trim"], decoys: { from: "0000000000", to: "0000999999" } }],
]);
const file = {
  adapter: 1,
  provider: "org:welfare",
  source: { kind: "postgres", url: "env:DB", timezone: "+03:00" },
  protect: { connections: 1, statementTimeout: "PT2S", personsPerMinute: 2000 },
  cases: {
    from: "applications",
    where: { VOID: { not: "x" } },
    number: "case_no",
    person: [{ scheme: "nid", column: "nid", stored: "####-######" }],
    opened: { column: "opened_on", date: "iso" },
    closed: { column: "closed_on", date: "iso", nulls: ["9999-12-31"] },
  },
  staff: { from: "officers", officer: "pseudonym", person: [{ scheme: "nid", column: "nid" }] },
};
let server: FixtureServer;
let [register, numbered]: CaseRegister[] = [];

beforeAll(async () => {
  const columns = { nid: "text", opened_on: "day", closed_on: "day", VOID: "text", secret: "text" } as const;
  const rows = [
    ["1000-000001", "2026-11-01", null, null, "never read"],
    ["1000-000002", "2026-11-01", "9999-12-31", "", "never read"],
    ["1000-000003", "2026-09-01", "2026-09-30", "", "never read"],
    ["1000-000004", "2026-11-01", null, "x", "never read"],
  ] as const;
  server = await postgresKind.start([
    {
      name: "applications",
      columns: { case_no: "text", ...columns },
      rows: rows.map((row, n) => [["c-1", "c-1", "c-2", "c-3"][n]!, ...row]),
      indexes: ["case_no"],
    },
    { name: "numbered", columns: { case_no: "number", ...columns }, rows: rows.map((row, n) => [n + 1, ...row]) },
    { name: "officers", columns: { pseudonym: "short", nid: "text" }, rows: [["officer:8c1", "1000000009"]] },
  ]);
  register = await openCaseRegister(file, schemes, server.env);
  numbered = await openCaseRegister({ ...file, cases: { ...file.cases, from: "numbered" } }, schemes, server.env);
}, 60_000);
afterAll(async () => {
  await register?.close();
  await numbered?.close();
  await server?.stop();
});

async function asked(number: string | null, last: number, from = register!, officer = "officer:8c1") {
  const numbers = Array.from({ length: 64 }, (_, n) => (n === 7 ? number : null));
  const { cases, staff } = await from.rows(numbers, [officer], AbortSignal.timeout(5_000));
  const person = `nid:100000000${last}` as CanonicalPerson;
  const told = explain({ case: number as never, person, officer: officer as never, day: "2026-11-20" }, cases, staff);
  return `${told.case} ${told.own}`;
}

test("a case confirms its own persons, while it is open and not voided; staff are known by their pseudonym", async () => {
  expect(await asked("c-1", 1)).toBe("CONFIRMED NO");
  expect(await asked("c-1", 2)).toBe("CONFIRMED NO");
  expect(await asked("c-1", 3)).toBe("NOT_CONFIRMED NO");
  expect(await asked("c-2", 3)).toBe("NOT_CONFIRMED NO");
  expect(await asked("c-3", 4)).toBe("NOT_CONFIRMED NO");
  expect(await asked(null, 9)).toBe("NOT_CONFIRMED YES");
  expect(await asked(null, 9, register, "officer:9")).toBe("NOT_CONFIRMED NO");
  expect(await asked("'; drop table applications --", 1)).toBe("NOT_CONFIRMED NO");
});

test("cases that a house numbers are found by their number, beside keys that are none", async () => {
  expect(await asked("1", 1, numbered)).toBe("CONFIRMED NO");
  expect(await asked("2", 1, numbered)).toBe("NOT_CONFIRMED NO");
  expect(await asked("c-1", 1, numbered)).toBe("NOT_CONFIRMED NO");
});

test("the statement is the same whatever was asked, reads what is mapped, and says nothing in its text", async () => {
  const mark = await server.logged();
  await asked("c-1", 1);
  await asked("c-2", 3);
  await asked(null, 1);
  const texts = (await server.statements(mark)).map(({ text }) => text).filter((text) => text.includes("from"));
  expect(new Set(texts).size).toBe(2);
  for (const text of texts) expect(text).not.toMatch(/c-\d|secret|\*|1000/);
});

test("a table that is not there is a refusal, and the next question is answered", async () => {
  const gone = await openCaseRegister({ ...file, cases: { ...file.cases, from: "gone" } }, schemes, server.env);
  await expect(asked("c-1", 1, gone)).rejects.toMatchObject({ code: expect.stringMatching(/^SOURCE_/) as unknown });
  await gone.close();
  expect(await asked("c-1", 1)).toBe("CONFIRMED NO");
});
