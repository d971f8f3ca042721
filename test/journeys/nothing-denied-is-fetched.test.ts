import fc from "fast-check";
import { buildSchema } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Coordinate } from "#libs/terms";
import type { Asked } from "../../apps/sandbox/src/ask.js";
import type { PersonaName } from "../../apps/sandbox/src/personas.js";
import { questions, valuedCoordinates } from "./generated-questions.js";
import { type MisWatch, nothing, watchMisReads } from "./mis-reads.js";
import { codesOf, type Orvanda, startOrvanda, type Told } from "./orvanda.js";
import { fetchedCoordinates, logSize, recordsFrom } from "./records.js";

/**
 * To every controller: of what you did not release to somebody, nothing is fetched for them, whatever they ask and however they put it.
 */
let orvanda: Orvanda;
let watch: MisWatch;

beforeAll(async () => {
  orvanda = await startOrvanda();
  watch = await watchMisReads(orvanda);
});
afterAll(() => orvanda?.stop());

const purposes = ["eligibility-assessment", "enrolment", "benefit-payment", "identity-verification", "referral"];
const everyone: readonly PersonaName[] = ["caseworker", "programme", "clinic", "bank"];

interface Explained {
  readonly extensions: { readonly weft: { readonly explain: readonly { coordinate: Coordinate; effect: string }[] } };
}

async function verdicts(asked: Asked): Promise<ReadonlyMap<Coordinate, string>> {
  const { status, body } = await orvanda.askUncut({ ...asked, prefer: "explain" });
  expect(status).toBe(200);
  return new Map((body as Explained).extensions.weft.explain.map(({ coordinate, effect }) => [coordinate, effect]));
}

/** The sealed reference by which a list's persons are asked about elsewhere comes with the field that names them. */
function isPermitted(coordinate: Coordinate, effects: ReadonlyMap<Coordinate, string>): boolean {
  const judged = coordinate === "Person.ref" ? ("CashTransferEnrolment.person" as Coordinate) : coordinate;
  return effects.get(judged)?.startsWith("permit") ?? false;
}

/** What adapters were shown for this access, their own records of rows included. */
async function fetchedFor(answer: Told): Promise<ReadonlySet<Coordinate>> {
  const [first, ...later] = await recordsFrom(orvanda, answer.record!);
  return fetchedCoordinates([first!, ...later.filter(({ parent }) => parent === first?.jti)]);
}

test("of generated questions, by anyone for any purpose, only permitted fields are fetched and only they have values", async () => {
  const schema = buildSchema(await (await fetch(`${orvanda.urls.gateway}/schema.graphql`)).text());
  const keys = ["Amara Tessel", "Khaliya ka-Merit", "Toved Halmik"].map((name) => {
    const { scheme, value } = orvanda.who(name);
    return `{ scheme: ${scheme}, value: "${value}" }`;
  });
  const generated = questions(schema, {
    person: fc.constantFrom(...keys).map((key) => `key: ${key}`),
    persons: fc.subarray(keys, { minLength: 1 }).map((some) => `keys: [${some.join(", ")}]`),
    cashTransferEnrolments: fc.integer({ min: 1, max: 3 }).map((first) => `district: "QV-3-07", first: ${first}`),
  });
  const seen = { denied: 0, fetched: 0, valued: 0 };
  const asked = fc.record({
    question: generated,
    persona: fc.constantFrom(...everyone),
    // Mostly their own.
    purpose: fc.option(fc.constantFrom(...purposes), { nil: undefined, freq: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ question: { query, fields }, persona, purpose }) => {
      const effects = await verdicts({ persona, purpose, query });
      const answer = await orvanda.askUncut({ persona, purpose, query });
      expect(answer.status).toBe(200);
      const [fetched, valued] = [await fetchedFor(answer), valuedCoordinates(fields, answer.data)];
      const denied = [...effects].filter(([, effect]) => effect === "deny").map(([coordinate]) => coordinate);
      expect([...fetched].filter((coordinate) => !isPermitted(coordinate, effects))).toEqual([]);
      expect([...valued].filter((coordinate) => denied.includes(coordinate))).toEqual([]);
      seen.denied += denied.length;
      seen.fetched += fetched.size;
      seen.valued += valued.size;
    }),
    { numRuns: 90, seed: 20261122, endOnFailure: true },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
});

test("to ask what would be permitted reads nothing and leaves no record", async () => {
  await watch.reads();
  const before = await logSize(orvanda);
  const effects = await verdicts(
    about("caseworker", 'vitalStatus { finding } payments(from: "2026-10-01", first: 1) { nodes { state } }'),
  );
  expect(effects.get("VitalStatus.finding" as Coordinate)).toBe("permit");
  expect(effects.get("Payment.state" as Coordinate)).toBe("deny");
  expect(await watch.reads()).toEqual(nothing);
  // How an earlier question ended may be told late; what begins here would be a record of another kind.
  const begun = (await recordsFrom(orvanda, before)).filter(({ kind }) => kind !== "outcome");
  expect(begun).toEqual([]);
});

test("a denied field is in no statement and no call of a ministry's system, though its neighbours are", async () => {
  const neighbours = "cashTransfer { status monthlyAmount } disability { meetsStatutoryLevel assessedLevel }";
  await watch.reads();
  const caseworker = await orvanda.askUncut(about("caseworker", neighbours));
  expect(caseworker.data).toMatchObject({ person: { cashTransfer: { status: "ACTIVE", monthlyAmount: null } } });
  const [asCaseworker] = [(await watch.reads()).statements.join("\n")];
  const programme = await orvanda.askUncut(about("programme", neighbours));
  expect(programme.data).toMatchObject({ person: { cashTransfer: { status: "ACTIVE", monthlyAmount: "412.50" } } });
  const { statements, calls } = await watch.reads();
  // The programme's column of the amount; and the disability service, of which the programme may know nothing.
  expect(asCaseworker).toContain("sts_peserta");
  expect(asCaseworker).not.toContain("jml_bantuan");
  expect(statements.join("\n")).toContain("jml_bantuan");
  expect(calls).toBe(0);
});

test("where all of it is denied nothing is fetched, and the refusals say so one by one", async () => {
  await watch.reads();
  const answer = await orvanda.askUncut(
    about("bank", "identity { fullName dateOfBirth } foodSupport { status } disability { assessedLevel }"),
  );
  expect(answer).toMatchObject({ status: 200, sources: [] });
  expect(answer.data).toEqual({ person: { identity: null, foodSupport: null, disability: null } });
  expect(codesOf(answer)).not.toContain("SOURCE_UNAVAILABLE");
  expect(await watch.reads()).toEqual(nothing);
  const [first] = await recordsFrom(orvanda, answer.record!);
  expect(first?.sections).toEqual([]);
  expect(first?.request?.denied.length).toBeGreaterThanOrEqual(3);
});

/** The same text each time, word for word, so that whatever is kept of it is kept for both. */
const sameText = (alias: string) => `${alias}: disability { assessedLevel }`;
const askLevel = async (persona: PersonaName, alias: string) => {
  const answer = await orvanda.askUncut(about(persona, sameText(alias), "Khaliya ka-Merit"));
  return {
    level: (answer.data as { person: Record<string, { assessedLevel: string } | null> }).person[alias] ?? null,
    codes: codesOf(answer),
  };
};
const allowed = { level: { assessedLevel: "moderate" }, codes: [] };
const refused = (codes: string) => ({ level: null, codes: [codes] });

test.each([
  ["first", ["clinic", "bank", "clinic", "caseworker"]],
  ["last", ["bank", "caseworker", "bank", "clinic"]],
] as const)("who is allowed asks %s: the same text serves each by their own right", async (place, order) => {
  const wanted: Record<string, unknown> = {
    clinic: allowed,
    bank: refused("PURPOSE_NOT_ALLOWED"),
    caseworker: refused("PURPOSE_NOT_ALLOWED"),
  };
  for (const persona of order) expect([persona, await askLevel(persona, place)]).toEqual([persona, wanted[persona]]);
});

test("who is allowed and who is not ask at the same time: the same text serves each by their own right", async () => {
  const order = Array.from(
    { length: 24 },
    (_, n) => (n % 3 === 0 ? "clinic" : n % 3 === 1 ? "bank" : "caseworker") as PersonaName,
  );
  const answers = await Promise.all(order.map((persona) => askLevel(persona, "together")));
  for (const [n, answer] of answers.entries())
    expect(answer).toEqual(order[n] === "clinic" ? allowed : refused("PURPOSE_NOT_ALLOWED"));
});

test("a person's id is one consumer's own: it leads them back to the person, and another consumer to nobody", async () => {
  const idFor = async (persona: PersonaName) => idOf(await orvanda.askUncut(about(persona, "id")));
  const ids = await Promise.all(everyone.map(idFor));
  expect(new Set(ids).size).toBe(everyone.length);
  expect(await Promise.all(everyone.map(idFor))).toEqual(ids);
  const [own, foreign] = ids.map((value) => ({ scheme: "WEFT_ID", value }));
  const query = "query Again($who: PersonKey!) { person(key: $who) { id identity { fullName } } }";
  const again = await orvanda.askUncut({ persona: "caseworker", query, variables: { who: own } });
  expect(again.data).toEqual({ person: { id: ids[0], identity: { fullName: "Amara Tessel" } } });
  const other = await orvanda.askUncut({ persona: "caseworker", query, variables: { who: foreign } });
  expect(other).toMatchObject({ status: 400, data: undefined });
  expect(codesOf(other)).toEqual(["PERSON_KEY_INVALID"]);
});

test("an id is given to everybody, known or not: it tells nobody that somebody exists", async () => {
  const who = { scheme: "NATIONAL_ID", value: "9999999999" };
  const query = "query Anyone($who: PersonKey!) { person(key: $who) { id identity { fullName } } }";
  const stranger = await orvanda.askUncut({ persona: "caseworker", query, variables: { who } });
  expect(idOf(stranger)).toMatch(/^p1\.[\w-]{64}$/);
});

function about(persona: PersonaName, fields: string, name = "Amara Tessel"): Asked {
  const query = `query About($who: PersonKey!) { person(key: $who) { ${fields} } }`;
  return { persona, query, variables: { who: orvanda.who(name) } };
}

function idOf({ data }: Told): string {
  return (data as { person: { id: string } }).person.id;
}
