import { type Asker, beneath, keptBack, mayAsk, type PersonalWord } from "./law.js";
import type { Field, Papers } from "./papers.js";
import type { Place } from "./places.js";

/**
 * `VALUE`: what the ministry holds, be it nothing. Kept back, with no word about why, is one of four: `NOT_AVAILABLE`; `UNRESOLVED`,
 * where the schema has a finding for it; `SAME_FOR_ALL`, what may not be missing beside that finding and says nothing about anybody;
 * `LEFT_OUT` of a list. Any other word is the code of a refusal.
 */
export type Outcome = string;

/** What comes out at each of these places where they are asked for together, of one person. */
export function expectedOutcomes(
  places: readonly Place[],
  asker: Asker,
  word: PersonalWord,
  papers: Papers,
): Map<Place, Outcome> {
  const rulings = new Map<Field, ReturnType<typeof mayAsk>>();
  const ruling = (field: Field) => {
    const known = rulings.get(field) ?? mayAsk(field, asker, papers);
    rulings.set(field, known);
    return known;
  };
  const refusalOf = (place: Place) => place.steps.map((step) => ruling(step).refused).find((code) => code !== null);

  // Nothing refused is fetched: a ministry is asked for the rest of its fields, in one go.
  const agreed = places.filter((place) => refusalOf(place) === undefined);
  const kept = new Map<string, Set<Field>>();
  for (const [ministry, asked] of Map.groupBy(agreed, ({ field }) => field.ministry)) {
    const fields = [...new Set(asked.flatMap(({ steps }) => steps))];
    const basis = fields.map(ruling).flatMap((it) => (it.refused === null && it.basis !== null ? [it.basis] : []))[0];
    kept.set(ministry, basis === undefined ? new Set() : keptBack(fields, basis, word, asker, papers));
  }
  const asked = new Set(agreed.map(({ field }) => field));
  return new Map(
    places.map((place) => {
      const refusal = refusalOf(place);
      return [place, refusal ?? outcomeOf(place, kept.get(place.field.ministry) ?? new Set(), asked, papers)];
    }),
  );
}

function outcomeOf(place: Place, kept: ReadonlySet<Field>, asked: ReadonlySet<Field>, papers: Papers): Outcome {
  if (!place.steps.some((step) => kept.has(step))) return "VALUE";
  if (place.from === "list") return "LEFT_OUT";
  const { field } = place;
  if (field.unresolved !== undefined) return "UNRESOLVED";
  // The record of a finding is there for everybody, with what may not be missing from it.
  const record = field.kind === "leading" ? beneath(field, papers) : siblings(field, papers);
  const holdsFinding = record.some((it) => it.unresolved !== undefined && asked.has(it));
  return holdsFinding && (field.kind === "leading" || field.always) ? "SAME_FOR_ALL" : "NOT_AVAILABLE";
}

function siblings({ type }: Field, papers: Papers): Field[] {
  return [...papers.fields.values()].filter((it) => it.type === type);
}
