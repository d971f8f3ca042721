import { z } from "zod";
import { type ExplainQuestion, MAX_QUESTIONS } from "#libs/access-log";
import type { OrgId, Seals } from "#libs/terms";
import type { Access } from "#libs/vigilance";
import type { Console } from "../look-up.js";
import { recordAsRules } from "./look-as-rules.js";
import type { WatchedAccess } from "./watched-access.js";

/** A house's adapter, which is shown a record and its proof. Rejects where it does not answer. */
export type AskHouse = (house: OrgId, call: { readonly record: string; readonly proof: string }) => Promise<unknown>;

const ExplainAnswer = z.object({
  answers: z.array(z.object({ case: z.enum(["CONFIRMED", "NOT_CONFIRMED"]), own: z.enum(["YES", "NO", "NOT_KEPT"]) })),
});

interface Question extends Omit<ExplainQuestion, "subject"> {
  readonly of: WatchedAccess;
  readonly place: number;
}

/** Asks houses whether their cases explain accesses. What a house does not answer is left as it was. */
export class Explainer {
  readonly #organisation: OrgId;
  readonly #console: Console;
  readonly #seals: () => Pick<Seals, "seal">;
  readonly #houses: ReadonlySet<string>;
  readonly #ask: AskHouse;

  constructor(options: {
    readonly organisation: OrgId;
    readonly console: Console;
    readonly seals: () => Pick<Seals, "seal">;
    readonly houses: readonly string[];
    readonly ask: AskHouse;
  }) {
    this.#organisation = options.organisation;
    this.#console = options.console;
    this.#seals = options.seals;
    this.#houses = new Set(options.houses);
    this.#ask = options.ask;
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
    const heard = new Map<Access, { readonly without: number[]; isOwn: boolean }>();
    for (const [house, questions] of byHouse)
      for (let from = 0; from < questions.length; from += MAX_QUESTIONS)
        await this.#askSome(house, questions.slice(from, from + MAX_QUESTIONS), heard, onRecord);
    return watched.map((one) => answered(one, heard.get(one.access)));
  }

  async #askSome(
    house: OrgId,
    questions: readonly Question[],
    heard: Map<Access, { readonly without: number[]; isOwn: boolean }>,
    onRecord: (index: number) => void,
  ): Promise<void> {
    const seals = this.#seals();
    const sealed = questions.map(({ of, place, ...question }) => ({
      ...question,
      subject: seals.seal(house, of.persons[place]!),
    }));
    const look = { kind: "explain" as const, aud: house, questions: sealed };
    const { record, inclusion } = await recordAsRules(this.#organisation, look, this.#console);
    onRecord(inclusion.index);
    const reply = await this.#ask(house, { record: record.presentation(), proof: inclusion.text }).catch(
      () => undefined,
    );
    const told = ExplainAnswer.safeParse(reply);
    if (!told.success || told.data.answers.length !== questions.length) return;
    questions.forEach(({ of, place }, at) => {
      const known = heard.get(of.access) ?? { without: [], isOwn: false };
      const answer = told.data.answers[at]!;
      if (answer.case === "NOT_CONFIRMED") known.without.push(place);
      if (answer.own === "YES") known.isOwn = true;
      heard.set(of.access, known);
    });
  }
}

function questionsOf(of: WatchedAccess, moment: Date): Question[] {
  const { access, persons, case: number } = of;
  const places = access.answers.unconfirmed ?? persons.map((_, place) => place);
  const at = moment.toISOString();
  return places.map((place) => ({ of, place, case: number ?? null, officer: access.officer, at }));
}

function answered(
  one: WatchedAccess,
  heard: { readonly without: readonly number[]; readonly isOwn: boolean } | undefined,
): WatchedAccess {
  if (!heard) return one;
  const { access } = one;
  const isOwn = heard.isOwn || access.answers.isOwn === true;
  return { ...one, access: { ...access, answers: { ...access.answers, unconfirmed: heard.without, isOwn } } };
}
