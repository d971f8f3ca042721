import { z } from "zod";
import { type ExplainQuestion, MAX_QUESTIONS } from "#libs/access-log";
import type { OrgId, Seals } from "#libs/terms";
import type { Access } from "#libs/vigilance";
import type { Console } from "../look-up.js";
import { recordAsRules } from "./look-as-rules.js";
import { type Households, relate } from "./relate.js";
import type { WatchedAccess } from "./watched-access.js";

/** A house's adapter, which is shown a record and its proof. Rejects where it does not answer. */
export type AskHouse = (house: OrgId, call: { readonly record: string; readonly proof: string }) => Promise<unknown>;

const ExplainAnswer = z.object({
  answers: z.array(
    z.object({
      case: z.enum(["CONFIRMED", "NOT_CONFIRMED"]),
      own: z.enum(["YES", "NO", "NOT_KEPT"]),
      /** Officer and person, which nobody here can read. */
      pair: z.string().max(4096).optional(),
    }),
  ),
});
type Answer = z.infer<typeof ExplainAnswer>["answers"][number];

interface Question extends Omit<ExplainQuestion, "subject"> {
  readonly of: WatchedAccess;
  readonly place: number;
}

interface Heard {
  readonly without: number[];
  isOwn: boolean;
  isHousehold: boolean | undefined;
}

export interface ExplainerOptions {
  readonly organisation: OrgId;
  readonly console: Console;
  readonly seals: () => Pick<Seals, "seal">;
  readonly houses: readonly string[];
  readonly ask: AskHouse;
  /** The house that knows who lives together. */
  readonly households?: () => Households | undefined;
}

/** Asks houses whether their cases explain accesses. What a house does not answer is left as it was. */
export class Explainer {
  readonly #options: ExplainerOptions;
  readonly #houses: ReadonlySet<string>;

  constructor(options: ExplainerOptions) {
    this.#options = options;
    this.#houses = new Set(options.houses);
  }

  /** Asks of each access about persons that no case has explained yet, as of `moment`; `onRecord` hears of each record that it left. */
  async explain(
    watched: readonly WatchedAccess[],
    moment: (access: Access) => Date,
    onRecord: (index: number) => void,
  ): Promise<WatchedAccess[]> {
    const asked = watched.filter(({ access }) => this.#houses.has(access.consumer));
    const byHouse = Map.groupBy(
      asked.flatMap((one) => questionsOf(one, moment(one.access))),
      ({ of }) => of.access.consumer,
    );
    const heard = new Map<Access, Heard>();
    for (const [house, questions] of byHouse)
      for (let from = 0; from < questions.length; from += MAX_QUESTIONS)
        await this.#askSome(house, questions.slice(from, from + MAX_QUESTIONS), heard, onRecord);
    return watched.map((one) => answered(one, heard.get(one.access)));
  }

  async #askSome(
    house: OrgId,
    questions: readonly Question[],
    heard: Map<Access, Heard>,
    onRecord: (index: number) => void,
  ): Promise<void> {
    const { organisation, console, ask } = this.#options;
    const seals = this.#options.seals();
    const sealed = questions.map(({ of, place, ...question }) => ({
      ...question,
      subject: seals.seal(house, of.persons[place]!),
    }));
    const households = questions.some(isHouseholdOpen) ? this.#options.households?.() : undefined;
    const look = {
      kind: "explain" as const,
      aud: house,
      questions: sealed,
      ...(households && { pairedFor: households.house }),
    };
    const { record, inclusion } = await recordAsRules(organisation, look, console);
    onRecord(inclusion.index);
    const reply = await ask(house, { record: record.presentation(), proof: inclusion.text }).catch(() => undefined);
    const told = ExplainAnswer.safeParse(reply);
    if (!told.success || told.data.answers.length !== questions.length) return;
    questions.forEach((question, at) => hear(question, told.data.answers[at]!, heard));
    if (households) await this.#relate(households, questions, told.data.answers, heard, onRecord);
  }

  async #relate(
    households: Households,
    questions: readonly Question[],
    answers: readonly Answer[],
    heard: Map<Access, Heard>,
    onRecord: (index: number) => void,
  ): Promise<void> {
    const open = questions.flatMap((question, at) => {
      const { pair, own } = answers[at]!;
      return pair !== undefined && own !== "YES" && isHouseholdOpen(question) ? [{ question, pair }] : [];
    });
    const pairs = open.map(({ pair }) => pair);
    const relations = await relate(pairs, households, this.#options, onRecord);
    relations.forEach((relation, at) => {
      const known = heard.get(open[at]!.question.of.access)!;
      if (relation === "SAME_HOUSEHOLD") known.isHousehold = true;
      if (relation === "NOT") known.isHousehold ??= false;
    });
  }
}

function isHouseholdOpen({ of: { access } }: Question): boolean {
  return access.answers.isHousehold === undefined;
}

function hear({ of, place }: Question, answer: Answer, heard: Map<Access, Heard>): void {
  const known = heard.get(of.access) ?? { without: [], isOwn: false, isHousehold: undefined };
  if (answer.case === "NOT_CONFIRMED") known.without.push(place);
  if (answer.own === "YES") known.isOwn = true;
  heard.set(of.access, known);
}

function questionsOf(of: WatchedAccess, moment: Date): Question[] {
  const { access, persons, case: number } = of;
  const places = access.answers.unconfirmed ?? persons.map((_, place) => place);
  const at = moment.toISOString();
  return places.map((place) => ({ of, place, case: number ?? null, officer: access.officer, at }));
}

function answered(one: WatchedAccess, heard: Heard | undefined): WatchedAccess {
  if (!heard) return one;
  const { access } = one;
  const isOwn = heard.isOwn || access.answers.isOwn === true;
  const isHousehold = heard.isHousehold ?? access.answers.isHousehold;
  const answers = { ...access.answers, unconfirmed: heard.without, isOwn };
  return { ...one, access: { ...access, answers: { ...answers, ...(isHousehold !== undefined && { isHousehold }) } } };
}
