import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CanonicalPerson, coordinate, parseAgreementId, parseOrgId, parseStrictYaml } from "#libs/terms";
import { compileRead } from "../compile.js";
import { adapterConfigSchema } from "../config.js";
import { openMinistry } from "../ministry.js";
import type { Ministry, ReadRequest } from "../port.js";
import { subgraphSchema } from "../schema.js";
import { schemes, sdl } from "../sql/health.fixture.js";

/** A list of a MIS behind REST: whom its page is asked for, and who is shown where the MIS does as it likes. */
const yaml = `
adapter: 1
provider: org:health
source:
  kind: rest
  url: env:API
  resources:
    patients:
      identify: { path: /lookup, body: { nids: $nid, numbers: $health-no }, rows: "$.rows[*]" }
      values: { path: /search, body: { nids: $nid, numbers: $health-no, columns: $columns }, rows: "$.rows[*]" }
      page: { path: /roster, body: { district: $district, standing: $status, only: $nid, onlyNumbers: $health-no, limit: $limit, after: $after }, rows: "$.rows[*]" }
protect: { connections: 2, statementTimeout: PT2S, personsPerMinute: 600 }
codes: { standing: { "1": ACTIVE, "2": EXITED } }
types:
  Person:
    from: patients
    identifiers: [ { scheme: nid, column: nid }, { scheme: health-no, column: no } ]
    fields: { health: { type: Health } }
  Health:
    quality: verified
    asOf: { live: true }
    fields: { source: { value: Health }, person: { type: Person }, status: { column: standing, codes: standing } }
lists:
  roster: { of: Health, keyset: [nid], maxRows: 50, filters: { district: { column: district }, status: { column: standing, codes: standing } } }
`;

interface Patient {
  readonly nid: string;
  readonly no: string;
  readonly standing: string;
  readonly district: string;
}
type Body = Readonly<Record<string, string | number | readonly string[] | undefined>>;

const patients: readonly Patient[] = Array.from({ length: 12 }, (_, n) => ({
  nid: String(1_000_000_000 + n),
  no: `H00${String(n).padStart(2, "0")}`,
  standing: n === 3 ? "2" : "1",
  district: "QV-3-07",
}));
const nid = (n: number) => `nid:${patients[n]!.nid}` as CanonicalPerson;
const byNo = (n: number) => `health-no:${patients[n]!.no}` as CanonicalPerson;

let asked: { readonly path: string; readonly body: Body }[];
/** Whether the MIS looks at whom it is asked for. */
let obeys: boolean;
let server: Server;
let ministry: Ministry;

function answer(path: string, body: Body): readonly Partial<Patient>[] {
  const has = (member: string, value: string) => (body[member] as readonly string[] | undefined)?.includes(value);
  if (path !== "/roster")
    return patients.filter((one) => has("nids", one.nid) === true || has("numbers", one.no) === true);
  const wanted = (one: Patient) => body["only"] === undefined || has("only", one.nid) || has("onlyNumbers", one.no);
  return patients
    .filter((one) => one.standing === body["standing"] && one.nid > String(body["after"] ?? ""))
    .filter((one) => !obeys || wanted(one))
    .slice(0, Number(body["limit"]))
    .map(({ nid: number, no }) => ({ nid: number, no }));
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      let text = "";
      for await (const chunk of request) text += String(chunk);
      const one = { path: request.url ?? "", body: JSON.parse(text) as Body };
      asked.push(one);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ rows: answer(one.path, one.body) }));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ministry = await openMinistry({
    config: adapterConfigSchema.parse(parseStrictYaml(yaml)),
    schema: subgraphSchema(sdl),
    schemes,
    env: { API: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    sealKey: { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) },
  });
});
beforeEach(() => {
  asked = [];
  obeys = true;
});
afterAll(async () => {
  await ministry?.close();
  server.closeAllConnections();
  server.close();
});

const roster = compileRead(
  'query($first: Int!, $after: String) { roster(district: "QV-3-07", status: ACTIVE, first: $first, after: $after) { nodes { status person { ref } } pageInfo { hasNextPage endCursor } } }',
  subgraphSchema(sdl),
  adapterConfigSchema.parse(parseStrictYaml(yaml)),
);

interface Page {
  readonly nodes: readonly { readonly person: { readonly ref: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

async function page(first: number, after: string | null, more: Partial<ReadRequest>): Promise<Page> {
  const result = await ministry.read(roster, {
    persons: [],
    variables: { first, after },
    withhold: (rows) => rows.map(() => new Set()),
    consenting: null,
    refOf: (person) => person,
    binding: { consumer: parseOrgId("org:welfare"), agreement: parseAgreementId("dsa-1") },
    now: new Date("2026-11-21T22:00:00Z"),
    signal: AbortSignal.timeout(5000),
    ...more,
  });
  expect(result.errors).toEqual([]);
  return (JSON.parse(JSON.stringify(result.data)) as { roster: Page }).roster;
}

const shownOn = ({ nodes }: Page) => nodes.map(({ person }) => person.ref);
const pagesAsked = () => asked.filter(({ path }) => path === "/roster").map(({ body }) => body);
const consentingOf = (...persons: readonly CanonicalPerson[]) =>
  persons.map((person) => ({ person, withheld: new Set<never>() }));
/** Judged again on all their numbers, as the adapter does. */
const onlyThese =
  (...persons: readonly CanonicalPerson[]): ReadRequest["withhold"] =>
  (rows) =>
    rows.map((row) => (persons.includes(row.person) ? new Set() : "everything"));

test("a page of a list by law names nobody: no word of persons is sent", async () => {
  expect(shownOn(await page(20, null, {}))).toHaveLength(11);
  const [body] = pagesAsked();
  expect(Object.keys(body!).sort()).toEqual(["district", "limit", "standing"]);
});

test("a page of a list on consent names those who consented, by the number that each is known by, and decoys beside them", async () => {
  const consenting = consentingOf(nid(2), byNo(5), nid(7));
  const first = await page(2, null, { consenting, withhold: onlyThese(nid(2), nid(5), nid(7)) });
  expect(shownOn(first)).toEqual([nid(2), nid(5)]);
  expect(first.pageInfo.hasNextPage).toBe(true);
  const [body] = pagesAsked();
  const real = (member: string, among: readonly string[]) =>
    (body![member] as string[]).filter((one) => among.includes(one));
  const [nids, numbers] = [patients.map((one) => one.nid), patients.map((one) => one.no)];
  expect(real("only", nids)).toEqual([patients[2]!.nid, patients[7]!.nid]);
  expect(real("onlyNumbers", numbers)).toEqual([patients[5]!.no]);
  expect([body!["only"], body!["onlyNumbers"]].map((keys) => (keys as string[]).length)).toEqual([3, 3]);
  const rest = await page(2, first.pageInfo.endCursor, { consenting, withhold: onlyThese(nid(2), nid(5), nid(7)) });
  expect([shownOn(rest), rest.pageInfo.hasNextPage]).toEqual([[nid(7)], false]);
});

test("whoever consented to the list but not to what it is filtered by is not named", async () => {
  const status = coordinate("Health", "status");
  const consenting = [nid(2), nid(5)].map((person) => ({ person, withheld: new Set([status]) }));
  expect(shownOn(await page(5, null, { consenting }))).toEqual([]);
  expect(JSON.stringify(pagesAsked())).not.toMatch(/100000000[25]/);
});

test.each([true, false])(
  "where nobody consented nobody is shown, whether the MIS looks at the keys (%s) or not",
  async (does) => {
    obeys = does;
    const none = await page(5, null, { consenting: [], withhold: onlyThese() });
    expect([shownOn(none), none.pageInfo]).toEqual([[], { hasNextPage: false, endCursor: null }]);
    expect(pagesAsked()[0]).toMatchObject({ only: [], onlyNumbers: [] });
  },
);

test("a MIS that does not look at the keys shows nobody more: its rows are judged on arrival, and no value of others is asked for", async () => {
  obeys = false;
  const withhold = onlyThese(nid(2), nid(5));
  const all = await page(5, null, { consenting: consentingOf(nid(2), byNo(5)), withhold });
  expect(shownOn(all)).toEqual([nid(2), nid(5)]);
  for (const { body } of asked.filter(({ path }) => path === "/search"))
    expect(
      patients
        .filter(({ nid: number, no }) => JSON.stringify(body).includes(number) || JSON.stringify(body).includes(no))
        .map((one) => one.nid),
    ).toEqual([patients[2]!.nid, patients[5]!.nid]);
});
