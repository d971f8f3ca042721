import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { checkAdapterConfig } from "../check.js";
import { compileRead } from "../compile.js";
import { openMinistry } from "../ministry.js";
import type { Ministry, ReadRequest } from "../port.js";
import { subgraphSchema } from "../schema.js";
import { parseStrictYaml } from "#libs/terms";
import {
  bodyOf,
  configOf,
  nid,
  request,
  schemes,
  sealKey,
  sendJson,
  type Service,
  startService,
} from "./insurance.fixture.js";

const schema = subgraphSchema(`
extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key", "@inaccessible", "@composeDirective"])
  @link(url: "https://weft.example/weft/v1.0", import: ["@personal"]) @composeDirective(name: "@personal")
directive @personal(class: String!, category: String!) on FIELD_DEFINITION
scalar PersonRef
scalar Date
enum Quality { VERIFIED DECLARED DISPUTED }
enum Answer { YES NO NONE_RECORDED }
enum Months { M6 M12 }
type Query { nothing: String }
type Person @key(fields: "ref") { ref: PersonRef! standing: Standing @personal(class: "P3", category: "insurance") }
type Standing {
  contributing: Answer @personal(class: "P3", category: "insurance")
  contributedAtLeast(months: Months!): Answer @personal(class: "P3", category: "insurance")
  fundsAnswered: Int
  fundsAsked: Int
  source: String! asOf: Date quality: Quality!
}
`);

const yaml = `
adapter: 1
provider: org:insurance
protect: { connections: 2, statementTimeout: PT0.5S, queue: PT0.1S, personsPerMinute: 600 }
source:
  kind: rest
  url: env:INDEX
  parts: { public: env:PUBLIC, trade: env:TRADE, land: env:LAND }
  resources:
    insured:
      identify: { path: /insured, body: { nid: $nid, ssn: $ssn }, rows: "$.rows" }
      values: { path: /insured, body: { nid: $nid, ssn: $ssn }, rows: "$.rows" }
    accounts:
      parts: [public, trade, land]
      values: { path: /accounts, body: { ssn: $ssn }, rows: "$.rows" }
codes: { state: { P: "YES", S: "NO" } }
types:
  Person:
    from: insured
    identifiers: [ { scheme: nid, column: nid }, { scheme: ssn, column: ssn } ]
    fields: { standing: { type: Standing } }
  Standing:
    from: accounts
    on: { ssn: insured.ssn }
    parts: { state: { first: [P, S] }, months: sum, changed: least }
    asOf: { column: changed, date: iso }
    quality: verified
    fields:
      source: { value: Funds }
      contributing: { column: state, codes: state, absent: NONE_RECORDED, stands: ["YES"] }
      contributedAtLeast: { column: months, arguments: { months: { M6: 6, M12: 12 } }, test: atLeast, stands: ["YES"] }
      fundsAnswered: { parts: answered }
      fundsAsked: { parts: asked }
`;

type Account = Readonly<{ ssn: string; state: string; months: string; changed: string }>;
const account = (n: number, state: string, months: number, changed = "2026-10-01"): Account => ({
  ssn: `S000000${n}`,
  state,
  months: String(months),
  changed,
});
/** 1 pays in one fund and paid in another, 2 pays no more, 3 is in no fund, 4 holds what nobody can read, 5 paid a little everywhere. */
const funds: Readonly<Record<string, readonly Account[]>> = {
  PUBLIC: [account(1, "P", 5), account(2, "S", 9), account(4, "?", 3), account(5, "S", 2)],
  TRADE: [account(1, "S", 4, "2026-03-01"), account(5, "S", 2)],
  LAND: [account(1, "S", 1), account(5, "P", 2), account(5, "S", 7)],
};
const insured = [1, 2, 3, 4, 5].map((n) => ({ nid: String(1_000_000_000 + n), ssn: `S000000${n}` }));

interface Keys {
  readonly nid?: readonly string[];
  readonly ssn: readonly string[];
}

async function serve(rowsOf: (keys: Keys) => readonly object[]): Promise<Service> {
  return startService(
    (service) => async (incoming, response) => {
      const keys = JSON.parse((await bodyOf(incoming)) || '{"ssn":[]}') as Keys;
      service.asked.push({ what: incoming.url ?? "", keys: keys.ssn, columns: null, headers: incoming.headers });
      sendJson(response, { rows: rowsOf(keys) });
    },
    () => ({}),
  );
}

const services = new Map<string, Service>();
let ministry: Ministry;

beforeAll(async () => {
  services.set(
    "INDEX",
    await serve(({ nid: ids = [], ssn }) => insured.filter((one) => ids.includes(one.nid) || ssn.includes(one.ssn))),
  );
  for (const [name, accounts] of Object.entries(funds))
    services.set(name, await serve(({ ssn }) => accounts.filter((one) => ssn.includes(one.ssn))));
  const env = Object.fromEntries([...services].map(([name, { url }]) => [name, url]));
  ministry = await openMinistry({ config: configOf(yaml), schema, schemes, env, sealKey });
});
afterAll(async () => {
  await ministry?.close();
  for (const service of services.values()) service.stop();
});
afterEach(() => {
  for (const service of services.values()) {
    service.trouble = undefined;
    service.asked.length = 0;
  }
});

const breakDown = (...names: readonly string[]) => {
  for (const name of names) services.get(name)!.trouble = (response) => response.writeHead(503).end();
};

const plan = compileRead(
  `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { standing {
    contributing six: contributedAtLeast(months: M6) twelve: contributedAtLeast(months: M12) fundsAnswered fundsAsked asOf } } } }`,
  schema,
  configOf(yaml),
);

interface Standing {
  readonly contributing: string | null;
  readonly six: string | null;
  readonly twelve: string | null;
  readonly fundsAnswered: number;
  readonly fundsAsked: number;
  readonly asOf: string | null;
}

async function standings(persons: readonly number[], more: Partial<ReadRequest> = {}) {
  const { data, errors } = await ministry.read(plan, request(persons.map(nid), more));
  const { _entities } = JSON.parse(JSON.stringify(data)) as { _entities: { standing: Standing | null }[] };
  return {
    of: _entities.map(({ standing }) => standing),
    errors: errors.map(({ path, extensions }) => `${path.slice(1).join(".")} ${extensions.code}`),
  };
}

describe("one system in several parts", () => {
  test("a person's rows in all of them are one; in none of them is a fact of somebody who is known", async () => {
    const { of, errors } = await standings([1, 2, 3, 5]);
    const all = { fundsAnswered: 3, fundsAsked: 3 };
    expect(of).toEqual([
      { contributing: "YES", six: "YES", twelve: "NO", ...all, asOf: "2026-03-01" },
      { contributing: "NO", six: "YES", twelve: "NO", ...all, asOf: "2026-10-01" },
      { contributing: "NONE_RECORDED", six: "NONE_RECORDED", twelve: "NONE_RECORDED", ...all, asOf: null },
      { contributing: "YES", six: "YES", twelve: "YES", ...all, asOf: "2026-10-01" },
    ]);
    expect(errors).toEqual([]);
  });

  test("while one is down, what was found stands; none and no is not said, and the answer tells of how many it speaks", async () => {
    breakDown("TRADE");
    const { of, errors } = await standings([1, 2, 3]);
    const two = { fundsAnswered: 2, fundsAsked: 3 };
    expect(of).toEqual([
      { contributing: "YES", six: "YES", twelve: null, ...two, asOf: "2026-10-01" },
      { contributing: null, six: "YES", twelve: null, ...two, asOf: "2026-10-01" },
      { contributing: null, six: null, twelve: null, ...two, asOf: null },
    ]);
    expect(errors.sort()).toEqual([
      "0.standing.twelve SOURCE_UNAVAILABLE",
      "1.standing.contributing SOURCE_UNAVAILABLE",
      "1.standing.twelve SOURCE_UNAVAILABLE",
      "2.standing.contributing SOURCE_UNAVAILABLE",
      "2.standing.six SOURCE_UNAVAILABLE",
      "2.standing.twelve SOURCE_UNAVAILABLE",
    ]);
  });

  test("one that hangs is one that did not answer, in the time that any call may take", async () => {
    services.get("LAND")!.trouble = () => undefined;
    const began = performance.now();
    const { of } = await standings([3]);
    expect(of).toMatchObject([{ contributing: null, fundsAnswered: 2 }]);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test("where none of them answers, the whole is down, and it says so to who looks after it", async () => {
    breakDown("PUBLIC", "TRADE", "LAND");
    await expect(standings([1])).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
    expect(await ministry.health(AbortSignal.timeout(2_000))).toMatchObject({ ok: false });
  });

  test("what cannot be read in one of them is told of that field, not left out of a sum", async () => {
    const { of, errors } = await standings([4]);
    expect(of).toMatchObject([{ contributing: null, six: "NO" }]);
    expect(errors).toEqual(["0.standing.contributing SOURCE_INVALID"]);
  });

  test("each is asked for as many persons whoever is withheld; who is not known, or withheld, is said nothing about", async () => {
    const withhold: ReadRequest["withhold"] = (rows) =>
      rows.map(({ person }) => new Set(person === nid(1) ? plan.coordinates : []));
    const { of, errors } = await standings([1, 3, 9], { withhold });
    expect(of).toMatchObject([null, { contributing: "NONE_RECORDED" }, null]);
    expect(errors).toEqual(["0.standing NOT_AVAILABLE", "2.standing NOT_AVAILABLE"]);
    for (const name of Object.keys(funds)) {
      const [only, ...more] = services.get(name)!.asked;
      expect(only?.keys).toHaveLength(3);
      expect(only?.keys).not.toContain("S0000001");
      expect(more).toEqual([]);
    }
  });

  test.each([
    ["a part that is not there", "parts: [public, trade, land]", "parts: [public, sea]", "no part sea"],
    ["a column that does not say how it becomes one", "months: sum, ", "", "months does not say how it becomes one"],
    ["a type in parts whose resource is in one", "      parts: [public, trade, land]\n", "", "of its resource alone"],
    ["a person in several parts", "      identify:", "      parts: [land]\n      identify:", "a person or a list"],
    [
      "a value that stands and is none",
      'NONE_RECORDED, stands: ["YES"]',
      "NONE_RECORDED, stands: [MAYBE]",
      '"MAYBE" is no Answer',
    ],
  ])("adapter.yaml: %s is refused", (_, text, instead, wrong) => {
    const problemsOf = (written: string) => checkAdapterConfig(parseStrictYaml(written), schema, schemes).problems;
    expect(problemsOf(yaml)).toEqual([]);
    expect(yaml).toContain(text);
    expect(
      problemsOf(yaml.replace(text, instead))
        .map((problem) => problem.wrong)
        .join("; "),
    ).toContain(wrong);
  });
});
