import { fileURLToPath } from "node:url";
import { type Contracts, loadContracts } from "#libs/contracts";
import type { Coordinate } from "#libs/terms";
import { beforeAll, expect, test } from "vitest";
import { ministries } from "../../../apps/sandbox/src/compose-apps.js";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import {
  type AgreementState,
  agreementsIn,
  agreementStates,
  consentsIn,
  consentStates,
  consumers,
  everything,
  restrictions,
} from "./circumstances.js";
import { expectedOutcomes, type Outcome } from "./expected.js";
import { type Judge, judgeUnder } from "./judged.js";
import { type Asker, mayAsk } from "./law.js";
import { type Agreement, type Papers, readPapers } from "./papers.js";
import { type Literals, type Place, placesOf, usualLiterals } from "./places.js";

/**
 * The permission matrix, judged: every field × purpose × agreement state × consent state × restriction, and each consumer, through
 * `decide` of gateway and ministry and through the adapter's evaluation of consent. Expected is what the law says from the text of
 * the contracts.
 */
const contractsDir = fileURLToPath(new URL("../../../contracts", import.meta.url));
const now = new Date("2026-11-22T09:00:00Z");
const papers = readPapers(contractsDir);
const places = placesOf(papers);
/** What one fetch can hold: fields of one ministry, of a person or of a list. */
const neighbourhoods = [...Map.groupBy(places, ({ field, from }) => `${field.ministry} ${from}`).values()];
const said = consentStates.length * restrictions.length;

let contracts: Contracts;
const judges = new Map<AgreementState, { readonly judge: Judge; readonly papers: Papers }>();

beforeAll(async () => {
  contracts = await loadContracts(contractsDir, {
    authorityKey: sandboxKey("authority-1").publicJwk,
    compose: false,
  });
  for (const state of agreementStates) {
    const changed = agreementsIn(() => state, papers, now);
    judges.set(state, { papers: changed, judge: judgeUnder(changed, contracts) });
  }
});

function* askers(): Generator<{ asker: Asker; state: AgreementState }> {
  for (const state of agreementStates)
    for (const consumer of consumers)
      for (const purpose of papers.purposes)
        yield { state, asker: { consumer, purpose, now, arguments: usualLiterals } };
}

test("the places are all fields of all the ministries", () => {
  expect(places).toHaveLength(papers.fields.size);
  expect(new Set(places.map(({ field }) => field.ministry)).size).toBe(ministries.length);
  expect(places.length).toBeGreaterThan(60);
});

test("decide, at the gateway and at the ministry: every field × consumer × purpose × agreement state", () => {
  const wrong: string[] = [];
  let cells = 0;
  for (const { state, asker } of askers()) {
    const world = judges.get(state)!;
    cells += places.length;
    wrong.push(...wrongDecisions(world.judge, world.papers, asker, `agreement ${state}`));
  }
  report(cells, "decisions, each by gateway and ministry", wrong);
  expect(cells).toBe(places.length * consumers.length * papers.purposes.length * agreementStates.length);
});

test("the adapter's evaluation: every field × consumer × purpose × agreement state × consent state × restriction", () => {
  const wrong: string[] = [];
  let [cells, evaluated] = [0, 0];
  for (const { state, asker } of askers()) {
    const world = judges.get(state)!;
    for (const neighbours of neighbourhoods) {
      const decision = world.judge.decision(neighbours, asker);
      // Refused before any person is looked at: whatever the person said, the cell is the decision's, judged above.
      const permitted = neighbours.filter(({ steps }) =>
        steps.every(({ at }) => decision.verdicts.get(at as Coordinate)?.effect !== "deny"),
      );
      cells += neighbours.length * said;
      for (const place of permitted) {
        for (const { word, says } of wordsAbout(place, asker)) {
          for (const asked of [[place], permitted]) {
            const expected = expectedOutcomes(asked, asker, word, world.papers).get(place)!;
            const observed = world.judge.outcome(place, asked, decision, asker, word);
            evaluated += 1;
            if (observed !== evaluationOf(expected)) wrong.push(line(place, asker, says, expected, observed));
          }
        }
      }
    }
  }
  report(cells, `cells, ${evaluated} evaluations of permitted fields alone and with their neighbours`, wrong);
  expect(cells).toBe(places.length * consumers.length * papers.purposes.length * agreementStates.length * said);
  expect(evaluated).toBeGreaterThan(2000);
});

/** How it shows that a field is kept back is the read side's: a finding, a list without the person. Here it is kept back, or is not. */
function evaluationOf(expected: Outcome): Outcome {
  return expected === "VALUE" ? "VALUE" : "NOT_AVAILABLE";
}

function* wordsAbout({ field }: Place, { consumer, purpose }: Asker) {
  const wanted = { consumers: [consumer], purposes: [purpose], fields: [...fieldsOf(field.ministry)] };
  for (const restriction of restrictions) {
    for (const consent of consentStates) {
      const about = consent === "other field" ? { ...wanted, fields: [field.at] } : wanted;
      const consents = consentsIn(consent, about, { ...everything(papers), fields: wanted.fields });
      yield { word: { consents, restriction }, says: `consent ${consent}, restriction ${restriction}` };
    }
    const consents = consentsIn("given", { ...wanted, fields: withoutValues(field.ministry) }, everything(papers));
    yield { word: { consents, restriction }, says: `consent to no value, restriction ${restriction}` };
  }
}

/** What leads to values or stands beside them: of no use alone. */
function withoutValues(ministry: string): string[] {
  return fieldsOf(ministry).filter((at) => papers.fields.get(at)!.kind !== "value");
}

function fieldsOf(ministry: string): string[] {
  return [...papers.fields.values()].filter((field) => field.ministry === ministry).map(({ at }) => at);
}

test("whatever two organisations agree, nothing passes the ministry's own release rule, and no filter that is not granted", () => {
  const wrong: string[] = [];
  let cells = 0;
  // Two agreements of the same two could not both grant everything.
  const pairs = [...Map.groupBy(papers.agreements, (it) => `${it.provider} ${it.consumer}`).values()].map(
    ([it]) => it!,
  );
  for (const basis of [
    "consent",
    "contract",
    "legal-obligation",
    "vital-interest",
    "public-task",
    "legitimate-interest",
  ]) {
    for (const filters of [[], papers.agreements.flatMap(({ grants }) => grants.flatMap((grant) => grant.filters))]) {
      const wide = { ...papers, agreements: pairs.map((agreement) => widest(agreement, basis, filters)) };
      const judge = judgeUnder(wide, contracts);
      for (const { asker } of [...askers()].filter(({ state }) => state === "active")) {
        cells += places.length;
        wrong.push(...wrongDecisions(judge, wide, asker, `all granted on ${basis}, filters ${filters.length}`));
      }
    }
  }
  report(cells, "decisions under agreements that grant everything", wrong);
});

/** Every field of the provider, for every purpose. */
function widest(agreement: Agreement, basis: string, filters: readonly string[]): Agreement {
  const own = [...papers.fields.values()].filter(({ ministry }) => ministry === agreement.provider);
  const fields = Object.fromEntries(
    [...Map.groupBy(own, ({ type }) => type)].map(([type, all]) => [type, all.map(({ name }) => name)]),
  );
  return {
    ...agreement,
    grants: papers.purposes.map((purpose) => ({ ...agreement.grants[0]!, purpose, basis, fields, filters })),
  };
}

test("a threshold that the agreement leaves out is refused, and only its own field with it", () => {
  const { judge } = judges.get("active")!;
  const changes: Literals[] = [
    { "CashTransferEnrolment.povertyScoreBelow": { threshold: "NEAR_POOR_2026" } },
    { "Identity.ageAtLeast": { years: "Y18" } },
  ];
  const wrong: string[] = [];
  let cells = 0;
  for (const change of changes) {
    for (const { asker: usual } of [...askers()].filter(({ state }) => state === "active")) {
      const asker = { ...usual, arguments: { ...usualLiterals, ...change } };
      cells += places.length;
      wrong.push(...wrongDecisions(judge, papers, asker, JSON.stringify(change)));
    }
  }
  report(cells, "decisions with other arguments", wrong);
});

/** Gateway and ministry, each field: what was decided otherwise than the law says. */
function wrongDecisions(judge: Judge, under: Papers, asker: Asker, states: string): string[] {
  const wrong: string[] = [];
  for (const neighbours of Map.groupBy(places, ({ from }) => from).values()) {
    const decision = judge.decision(neighbours, asker);
    for (const place of neighbours) {
      const expected = mayAsk(place.field, asker, under).refused ?? "permit";
      const own = judge.ownDecision(place.field.ministry, [place], asker);
      for (const { verdicts } of [decision, own]) {
        const verdict = verdicts.get(place.field.at as Coordinate)!;
        const observed = verdict.effect === "deny" ? verdict.code : "permit";
        if (observed !== expected) wrong.push(line(place, asker, states, expected, observed));
      }
    }
  }
  return wrong;
}

function line({ field }: Place, asker: Asker, states: string, expected: string, observed: string): string {
  return `${field.at}, ${asker.consumer}, ${asker.purpose}, ${states}: expected ${expected}, observed ${observed}`;
}

function report(cells: number, what: string, wrong: readonly string[]): void {
  console.log(`permission matrix: ${cells} ${what}; ${wrong.length} wrong`);
  expect(wrong.slice(0, 40)).toEqual([]);
}
