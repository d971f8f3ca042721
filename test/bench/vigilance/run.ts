import {
  type Access,
  type Alert,
  type Answers,
  DAY,
  Watch,
  WatchConfig,
  openTokens,
  type RuleName,
  type Tokens,
  unexplainedAlert,
  dayOf,
  isUnexplained,
} from "#libs/vigilance";
import { diceOf } from "./dice.ts";
import { type Case, type Event, honestEvents, type World } from "./honest.ts";
import { makeOfficers, makePeople } from "./people.ts";
import { type Story, type StoryKind, tellStories } from "./stories.ts";

const ACCESSES = 100_000;
const START = Date.parse("2026-09-01T00:00:00Z");
const TOP = 500;

export interface Result {
  readonly accesses: number;
  readonly honest: number;
  /** Share of the honest accesses that no case explains. */
  readonly unexplained: number;
  readonly alerts: Readonly<Record<string, number>>;
  readonly kinds: readonly KindResult[];
  /** Of the stories that a rule is about, the share in the first 500. */
  readonly found: number;
  readonly missed: readonly string[];
  /** How many of the first 500 alerts are about a story. */
  readonly hits: number;
}

export interface KindResult {
  readonly kind: StoryKind;
  readonly about: Story["about"];
  readonly told: number;
  readonly found: number;
  /** Rule → how many of the stories are found by an alert of that rule. */
  readonly byRule: Readonly<Record<string, number>>;
  /** Best place among all alerts, of each story that has any. */
  readonly places: readonly number[];
}

/** A country's two months with sixty stories in it, watched by the rules as they are configured out of the box. */
export function watchCountry(seed: string, config: WatchConfig = WatchConfig.parse({})): Result {
  const { events, stories } = makeCountry(seed);
  const alerts = watchEvents(events, config);
  const honest = events.filter(({ event }) => event.story === undefined);
  const share = honest.filter(({ access }) => isUnexplained(access)).length / honest.length;
  return { accesses: events.length, honest: honest.length, unexplained: share, ...judge(alerts, events, stories) };
}

interface Happened {
  readonly event: Event;
  /** As it is once the registers were asked a second time. */
  readonly access: Access;
  readonly answered: Answered;
}

function makeCountry(seed: string) {
  const dice = diceOf(seed);
  const people = makePeople(dice, 60_000, 40);
  const world: World = {
    people,
    officers: makeOfficers(dice, people),
    cases: new Map<string, Case>(),
    loads: new Map(),
    start: START,
    days: 75,
  };
  const honest = honestEvents(world, dice);
  const told = tellStories(world, dice);
  // As many as it takes: every day keeps its share.
  const keep = (ACCESSES - told.events.length) / honest.length;
  const kept = keep >= 1 ? honest : honest.filter(() => dice.chance(keep));
  const ordered = [...kept, ...told.events].sort((a, b) => a.at - b.at);
  const answer = answersIn(world);
  const tokens = tokensUnder(seed);
  const events = ordered.map((event, index) => {
    const answered = answer(event);
    return { event, answered, access: accessOf(event, index, world, answered.settled, tokens) };
  });
  return { events, stories: told.stories };
}

/** Each person once: making tokens is not what is measured. */
function tokensUnder(key: string): (person: number) => Tokens {
  const make = openTokens(key);
  const known = new Map<number, Tokens>();
  return (person) => {
    const tokens = known.get(person) ?? make(`nid:${person}`);
    known.set(person, tokens);
    return tokens;
  };
}

/** As the engine makes it of a record. Of one person in thirty no source knows anything. */
function accessOf(
  event: Event,
  index: number,
  { people }: World,
  answers: Answers,
  tokens: (person: number) => Tokens,
): Access {
  const { at, officer, purpose, persons, isList } = event;
  const seen = persons.map(tokens);
  const isMissed = (person: number) => !people.householdOf.has(person) || person % 31 === 7;
  return {
    index,
    at: new Date(at),
    consumer: officer.consumer,
    officer: officer.id,
    purpose,
    providers: officer.office.work.providers,
    persons: seen.map(({ person }) => person),
    numbers: seen.map(({ number }) => number),
    misses: isList ? 0 : persons.filter(isMissed).length,
    isList,
    answers,
  };
}

/** What the registers answer: at once, after three days, and when the time for an application has passed. */
interface Answered {
  readonly first: Answers;
  readonly settled: Answers;
  readonly matured: Answers;
}

function answersIn({ cases, people }: World): (event: Event) => Answered {
  const names = (number: string, person: number, moment: number): boolean => {
    const found = cases.get(number);
    if (!found || found.registered > moment) return false;
    return found.opened <= moment && moment <= found.closed && found.persons.has(person);
  };
  return ({ at, officer, case: number, persons }) => {
    const without = (places: readonly number[], moment: number) =>
      places.filter((place) => !names(number, persons[place]!, moment));
    const unconfirmed = without([...persons.keys()], at);
    const late = without(unconfirmed, at + 3 * DAY);
    const home = people.householdOf.get(officer.self);
    const isHousehold = unconfirmed.some(
      (place) => persons[place] !== officer.self && people.householdOf.get(persons[place]!) === home,
    );
    const first = { unconfirmed, isOwn: persons.includes(officer.self), isHousehold };
    const settled = { ...first, unconfirmed: late };
    return { first, settled, matured: { ...settled, applied: without(late, at + 14 * DAY).length === 0 } };
  };
}

function watchEvents(events: readonly Happened[], config: WatchConfig): Alert[] {
  const watch = new Watch(config);
  const alerts = new Map<string, Alert>();
  const put = (found: readonly Alert[]) => found.forEach((alert) => alerts.set(alert.id, alert));
  const days = new Map<string, Access[]>();
  for (const { access, answered } of events) {
    const settled = { ...access, answers: answered.settled };
    put(watch.take({ ...access, answers: answered.first }));
    put(watch.settle(settled));
    put(watch.mature({ ...access, answers: answered.matured }));
    const ofDay = `${access.consumer} ${access.officer} ${dayOf(access.at)}`;
    days.set(ofDay, [...(days.get(ofDay) ?? []), settled]);
  }
  for (const ofDay of days.values()) put([unexplainedAlert(ofDay)].filter((alert) => alert !== undefined));
  return [...alerts.values()]
    .filter(({ state }) => state === "open")
    .sort((a, b) => b.score - a.score || b.at.getTime() - a.at.getTime() || (a.id < b.id ? -1 : 1));
}

function judge(alerts: readonly Alert[], events: readonly Happened[], stories: readonly Story[]) {
  const best = new Map<string, { readonly place: number; readonly rules: Set<RuleName> }>();
  alerts.forEach(({ rule, records }, place) => {
    for (const story of new Set(records.map((index) => events[index]!.event.story))) {
      if (story === undefined) continue;
      const known = best.get(story) ?? { place, rules: new Set() };
      if (place < TOP) known.rules.add(rule);
      best.set(story, known);
    }
  });
  const isFound = ({ id }: Story) => (best.get(id)?.place ?? Infinity) < TOP;
  const of = (kind: StoryKind) => stories.filter((story) => story.kind === kind);
  const aboutRules = stories.filter(({ about }) => about !== "none");
  return {
    alerts: countsOf(alerts.map(({ rule }) => rule)),
    kinds: [...new Set(stories.map(({ kind }) => kind))].map((kind): KindResult => ({
      kind,
      about: of(kind)[0]!.about,
      told: of(kind).length,
      found: of(kind).filter(isFound).length,
      byRule: countsOf(of(kind).flatMap(({ id }) => [...(best.get(id)?.rules ?? [])])),
      places: of(kind).flatMap(({ id }) => best.get(id)?.place ?? []),
    })),
    found: aboutRules.filter(isFound).length / aboutRules.length,
    missed: stories.filter((story) => !isFound(story)).map(({ id }) => id),
    hits: alerts
      .slice(0, TOP)
      .filter(({ records }) => records.some((index) => events[index]!.event.story !== undefined)).length,
  };
}

function countsOf(rules: readonly RuleName[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(rules, (rule) => rule)].map(([rule, all]) => [rule, all.length]));
}
