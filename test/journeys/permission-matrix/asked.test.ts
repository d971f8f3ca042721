import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runningMinistries } from "../../../apps/sandbox/src/compose-apps.js";
import { personas } from "../../../apps/sandbox/src/personas.js";
import { type Orvanda, startOrvanda } from "../orvanda.js";
import { expectedOutcomes } from "./expected.js";
import { type Heard, type Observed, observedAt } from "./observed.js";
import { letThemSpeak, type MatrixPerson, peopleOf } from "./people.js";
import { operationOf, type Place, placesOf, usualLiterals } from "./places.js";
import { consentAbout, sampleOf, type SampleRequest } from "./sample.js";
import { openVariants, type Variants } from "./variants.js";

/**
 * The permission matrix, asked: a running network, real tokens, real consents, and contracts that change under it. Each cell is a
 * field in an answer over HTTP; expected is what the law says from the text of the contracts that serve at that moment.
 */
let variants: Variants;
let orvanda: Orvanda;
let people: readonly MatrixPerson[];
const now = new Date();

beforeAll(async () => {
  variants = openVariants(now);
  [orvanda] = await Promise.all([startOrvanda({ contracts: variants.dir, people: 400 }), variants.signed]);
  people = peopleOf(orvanda, variants.papers[0]!);
  await letThemSpeak(people, orvanda);
}, 300_000);

afterAll(async () => {
  await orvanda?.stop();
  variants?.close();
});

test("what comes over HTTP is what the contracts say, for any two states of any two dimensions and for all that is agreed", async () => {
  const papers = variants.papers[0]!;
  const places = placesOf(papers).filter(({ field }) =>
    runningMinistries.some((name) => field.ministry === `org:${name}`),
  );
  const requests = sampleOf({ papers, places, people, variants });
  const tally: Tally = { wrong: [], cells: new Set(), outcomes: new Map(), seen: new Map() };
  const started = performance.now();
  for (const [variant, ofVariant] of Map.groupBy(requests, (request) => request.variant)) {
    if (variant > 0) await variants.serve(variant, orvanda.urls);
    const answers = new Map<string, Promise<Heard>>();
    await eachOf(ofVariant, async (request) => check(request, await hear(request, answers), tally));
  }
  const { wrong, cells, outcomes, seen } = tally;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const counts = [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(", ");
  console.log(
    `permission matrix: ${cells.size} cells in ${requests.length} requests over HTTP, ${seconds} s (${counts}); ${wrong.length} wrong`,
  );
  expect(wrong.slice(0, 40)).toEqual([]);
  expect(cells.size).toBeGreaterThan(500);
  expect([...outcomes.keys()].sort()).toEqual(everyOutcome);
  // A value that is never there for anybody would be a refusal that says nothing.
  expect([...seen].filter(([, isThere]) => !isThere).map(([at]) => at)).toEqual([]);
}, 300_000);

const everyOutcome = [
  "AGREEMENT_INACTIVE",
  "FIELD_NOT_IN_AGREEMENT",
  "LEFT_OUT",
  "NOT_AVAILABLE",
  "PURPOSE_NOT_ALLOWED",
  "UNRESOLVED",
  "VALUE",
];

interface Tally {
  readonly wrong: string[];
  readonly cells: Set<string>;
  readonly outcomes: Map<string, number>;
  /** `Type.field` -> whether a value was ever there, where one may be. */
  readonly seen: Map<string, boolean>;
}

async function check(request: SampleRequest, heard: Heard, { wrong, cells, outcomes, seen }: Tally): Promise<void> {
  const asker = { ...request, now, arguments: usualLiterals };
  const papers = variants.papers[request.variant]!;
  for (const [place, wanted] of expectedOutcomes(request.places, asker, request.person.word, papers)) {
    const expected = wanted === "SAME_FOR_ALL" ? "VALUE" : wanted;
    const { outcome, isThere } = await observe(place, request, heard);
    const cell = describe(place, request);
    if (!cells.has(cell)) outcomes.set(expected, (outcomes.get(expected) ?? 0) + 1);
    cells.add(cell);
    if (outcome !== expected) wrong.push(`${cell}: expected ${wanted}, observed ${outcome}`);
    if (wanted === "VALUE") seen.set(place.field.at, isThere || seen.get(place.field.at) === true);
  }
}

/** The same list is the same answer whoever is looked for on it. */
async function hear(request: SampleRequest, answers: Map<string, Promise<Heard>>): Promise<Heard> {
  const ofPerson = request.places.some(({ from }) => from === "person");
  const query = operationOf(ofPerson ? request.places : [...request.places, whoIsListed()], usualLiterals);
  const key = `${request.consumer} ${request.purpose} ${ofPerson ? request.person.nationalId : ""} ${query}`;
  const known = answers.get(key);
  const answer = known ?? put(request, query, ofPerson ? { who: keyOf(request.person) } : {});
  answers.set(key, answer);
  return answer;
}

/** A ministry that is busy says so and when to ask again; that is another journey's matter. */
async function put(
  { consumer, purpose }: Pick<SampleRequest, "consumer" | "purpose">,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Heard> {
  const persona = Object.values(personas).find(({ org }) => org === consumer)!.name;
  for (let tries = 1; ; tries++) {
    const { status, errors, data } = await orvanda.askUncut({ persona, purpose, query, variables });
    const busy = errors.find(({ extensions }) => extensions.code === "SOURCE_UNAVAILABLE");
    if (busy === undefined || tries === MOST_TRIES) return { status, data, errors };
    await sleep((busy.extensions.retryAfter ?? 1) * 1000);
  }
}

const MOST_TRIES = 8;

function keyOf({ nationalId }: MatrixPerson) {
  return { scheme: "NATIONAL_ID", value: nationalId };
}

function whoIsListed(): Place {
  const steps = ["Query.cashTransferEnrolments", "CashTransferEnrolmentPage.nodes", "CashTransferEnrolment.person"].map(
    (at) => variants.papers[0]!.fields.get(at)!,
  );
  return { field: steps.at(-1)!, steps, from: "list" };
}

interface Listed {
  readonly cashTransferEnrolments: { readonly nodes: readonly { readonly person: { readonly id: string } }[] };
}

async function observe(place: Place, request: SampleRequest, heard: Heard): Promise<Observed> {
  const observed = observedAt(place, heard, variants.papers[0]!);
  if (place.from === "person" || observed.outcome !== "VALUE") return observed;
  const { nodes } = (heard.data as Listed).cashTransferEnrolments;
  const id = await idOf(request);
  return nodes.some(({ person }) => person.id === id) ? observed : { outcome: "LEFT_OUT", isThere: false };
}

const ids = new Map<string, Promise<string>>();

/** How the consumer knows the person: no ministry is asked for that. */
async function idOf(request: SampleRequest): Promise<string> {
  const key = `${request.consumer} ${request.person.nationalId}`;
  const query = "query ($who: PersonKey!) { person(key: $who) { id } }";
  const known =
    ids.get(key) ??
    put(request, query, { who: keyOf(request.person) }).then(
      ({ data }) => (data as { person: { id: string } }).person.id,
    );
  ids.set(key, known);
  return known;
}

function describe(place: Place, { consumer, purpose, variant, person }: SampleRequest): string {
  const { at, ministry } = place.field;
  const agreement = variants.papers[0]!.agreements.find((it) => it.provider === ministry && it.consumer === consumer);
  const state = agreement ? variants.stateIn(variant, agreement.agreement) : "none";
  const consent = consentAbout(person, place, consumer, purpose);
  return `${at}, ${consumer}, ${purpose}, agreement ${state}, consent ${consent}, restriction ${person.restriction}`;
}

/** A few at a time: the callers of a quiet morning. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}
