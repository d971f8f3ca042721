import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import pg from "pg";
import { expect, test } from "vitest";
import type {
  AccessLetter,
  LetterAnswer,
  RecordAnswer,
  RequestAnswer,
  RequestsAnswer,
  ShownRequest,
} from "#libs/review";
import { repository } from "../../../apps/sandbox/src/repository.js";
import type { Signed } from "../reviewer.js";
import type { ReviewWorld } from "./world.js";

const run = promisify(execFile);
const today = new Date().toISOString().slice(0, 10);
const draft = {
  question: "who-looked",
  asker: "person",
  channel: "counter",
  received: today,
  language: "en",
  period: { from: today, until: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10) },
};

const personsOf = (world: ReviewWorld, name: string) => [{ scheme: "nid", number: world.orvanda.who(name).value }];

async function step(who: Signed, id: string, body: object): Promise<string> {
  const heard = await who.post(`/api/requests/${id}/steps`, body);
  return heard.code ?? (heard.body as RequestAnswer).request.state;
}

async function receive(who: Signed, more: object): Promise<ShownRequest> {
  const heard = await who.post("/api/requests", { ...draft, ...more });
  expect(heard.status, heard.text).toBe(201);
  return (heard.body as RequestAnswer).request;
}

async function letterFor(who: Signed, id: string) {
  const heard = await who.post(`/api/requests/${id}/letter`, {});
  expect(heard.status, heard.text).toBe(200);
  const { letter, pdf, request } = heard.body as LetterAnswer;
  const { payload } = JSON.parse(letter) as { payload: string };
  const read = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as AccessLetter;
  return { read, request, file: letter, pdf: Buffer.from(pdf, "base64") };
}

/** To a citizen: your question is answered within a month, by everybody whom it concerns, and what you are told you can prove. */
export function requests(world: ReviewWorld): void {
  test("from a question at the counter to a letter that each house has its part in, and that anybody can verify", async () => {
    const { orvanda, welfare, civil, authority } = world;
    await world.indexed();
    const { id } = await receive(welfare, { number: "r-2026-17", persons: personsOf(world, "Amara Tessel") });
    expect((await welfare.post(`/api/requests/${id}/letter`, {})).code).toBe("REVIEW_CHANGED");
    expect(await step(welfare, id, { step: "identified", identity: "card-seen" })).toBe("identified");
    expect(await step(civil, id, { step: "contributed" })).toBe("NOT_FOUND");
    expect(await step(welfare, id, { step: "forwarded", to: ["org:civil"] })).toBe("identified");
    expect((await letterFor(welfare, id)).read.covers[1]).toMatchObject({ state: "missing" });
    const asked = ((await civil.get("/api/requests")).body as RequestsAnswer).requests[0]!;
    expect(asked).toMatchObject({ id, organisation: "org:welfare", moves: ["contributed", "declined"] });
    expect(await step(civil, id, { step: "contributed" })).toBe("identified");
    const { read, request, file, pdf } = await letterFor(welfare, id);
    expect(read.covers.map(({ state }) => state)).toEqual(["complete", "complete"]);
    expect(read.accesses.length).toBeGreaterThan(0);
    expect(request.letter).toMatchObject({ accesses: read.accesses.length, withheld: 0 });
    expect(read.accesses.map(({ consumer }) => consumer.words)).toContain("Social Welfare Office");
    expect(new Set(read.accesses.map(({ staff }) => staff))).toEqual(new Set(["A"]));
    expect(file + Buffer.from(file).toString("base64")).not.toMatch(/officer:/);
    assertFits(read);
    expect(await weftSays(file, pdf, read)).toContain("is this access");
    expect(await step(welfare, id, { step: "answered", answer: "letter" })).toBe("answered");
    const kept = await keptOf(orvanda.superuserUrl("console"));
    expect(kept).not.toMatch(/p1\.[\w-]{20}|eyJ/);
    expect(kept).not.toContain(orvanda.who("Amara Tessel").value);
    await world.indexed();
    const { steps } = ((await welfare.get("/api/requests")).body as RequestsAnswer).requests.find(
      (one) => one.id === id,
    )!;
    for (const taken of steps) {
      const look = await authority.post("/api/record", {
        occasion: { purpose: "audit", case: "i-1" },
        index: taken.record,
      });
      expect((look.body as RecordAnswer).words, taken.step).toMatch(/Step "|It took the accesses for/);
    }
  });

  test("data of somebody else in the same access is in nobody's letter", async () => {
    const { authority } = world;
    await world.indexed();
    const { id } = await receive(authority, {
      number: "r-2026-18",
      language: "ar",
      persons: personsOf(world, "Amara Tessel"),
    });
    await step(authority, id, { step: "identified", identity: "signed-in" });
    const { read, pdf } = await letterFor(authority, id);
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(read.says[0]).toMatch(/^تشمل كل اطلاع/);
    const subjects = read.accesses.map(({ proof, sources }) => {
      const texts = proof.disclosures.map((text) => JSON.parse(Buffer.from(text, "base64url").toString()) as unknown[]);
      // Neither who it was nor what they said of an emergency.
      expect(JSON.stringify(texts)).not.toMatch(/officer|reason|"token"/);
      return { refs: texts.filter(([, value]) => typeof value === "string").length, houses: sources.length };
    });
    for (const { refs, houses } of subjects) expect(refs).toBeLessThanOrEqual(houses);
    expect(JSON.stringify(read.accesses.map(({ proof }) => proof.disclosures))).not.toContain("officer");
  });
}

/** To a data-protection officer: what you are asked is yours to answer, and nobody else's. */
export function requestsOfAHouse(world: ReviewWorld): void {
  test("a request is its house's own, is refused with a reason, and no number is taken twice", async () => {
    const { welfare, civil } = world;
    const second = await receive(civil, { number: "r-2026-19", persons: personsOf(world, "Amara Tessel") });
    expect(
      (await civil.post("/api/requests", { ...draft, number: "r-2026-19", persons: personsOf(world, "Amara Tessel") }))
        .code,
    ).toBe("REVIEW_CHANGED");
    expect(await step(welfare, second.id, { step: "refused", reason: "excessive" })).toBe("NOT_FOUND");
    const long = await civil.post(`/api/requests/${second.id}/steps`, {
      step: "extended",
      months: 2,
      reason: "complexity",
    });
    expect((long.body as RequestAnswer).request.due > second.due).toBe(true);
    expect(await step(civil, second.id, { step: "refused", reason: "identity-not-shown" })).toBe("refused");
    for (const wrong of [{ note: "x" }, { channel: "rumour" }, { persons: undefined }, { received: "2099-01-01" }])
      expect(
        (
          await civil.post("/api/requests", {
            ...draft,
            number: "r-9",
            persons: personsOf(world, "Amara Tessel"),
            ...wrong,
          })
        ).code,
      ).toBe("REQUEST_MALFORMED");
  });
}

function assertFits(letter: AccessLetter): void {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  const schema = JSON.parse(readFileSync(path.join(repository, "contracts/schemas/access-letter.schema.json"), "utf8"));
  const fits = ajv.compile(schema as object);
  expect(fits(letter), JSON.stringify(fits.errors)).toBe(true);
}

/** The command line as a citizen's helper runs it: the letter, its print and the contracts, and no network. */
async function weftSays(file: string, pdf: Buffer, { accesses }: AccessLetter): Promise<string> {
  const dir = mkdtempSync(path.join(tmpdir(), "weft-letter-"));
  const [letter, print] = [path.join(dir, "letter.json"), path.join(dir, "letter.pdf")];
  writeFileSync(letter, file);
  writeFileSync(print, pdf);
  const weft = (...args: string[]) =>
    run(process.execPath, [path.join(repository, "dist/bin/weft.js"), "log", "verify", ...args], { cwd: repository });
  try {
    const { stdout } = await weft(String(accesses[0]!.proof.index), "--letter", letter, "--pdf", print);
    writeFileSync(
      letter,
      file.replace(/"signature": "(.)/, (_, first) => `"signature": "${first === "A" ? "B" : "A"}`),
    );
    await expect(weft("--letter", letter)).rejects.toThrow("The letter is not accepted");
    return stdout;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function keptOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select request::text as row from request");
  await client.end();
  return JSON.stringify(rows);
}
