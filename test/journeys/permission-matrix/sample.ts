import { agreementStates, type ConsentState, consentStates, consumers, restrictions } from "./circumstances.js";
import type { Papers } from "./papers.js";
import { pairwise } from "./pairwise.js";
import type { MatrixPerson } from "./people.js";
import type { Place } from "./places.js";
import type { Variants } from "./variants.js";

/** One request: some cells that one caller can ask for at once, about one person, under one variant of the contracts. */
export interface SampleRequest {
  readonly variant: number;
  readonly consumer: string;
  readonly purpose: string;
  readonly person: MatrixPerson;
  readonly places: readonly Place[];
}

/** What may be asked at all: who, about which fields, whom, and under which papers. */
export interface Space {
  readonly papers: Papers;
  readonly places: readonly Place[];
  readonly people: readonly MatrixPerson[];
  readonly variants: Variants;
}

/**
 * Three samples. Any two states of any two dimensions, field by field; then, as most of these are refusals, all fields together for
 * every purpose that any agreement names: of everybody under the agreements as they are, and of two people under each variant.
 */
export function sampleOf(space: Space): SampleRequest[] {
  return [...pairs(space), ...granted(space)].sort((a, b) => a.variant - b.variant);
}

const none = agreementStates.indexOf("none");

function pairs({ papers, places, people, variants }: Space): SampleRequest[] {
  const { purposes } = papers;
  const factors: Record<"place" | "purpose" | "consent" | "state" | "consumer" | "restriction", number> = {
    place: places.length,
    purpose: purposes.length,
    consent: consentStates.length,
    state: agreementStates.length,
    consumer: consumers.length,
    restriction: restrictions.length,
  };
  const agreementOf = (place: number, consumer: number) =>
    papers.agreements.find(
      (it) => it.provider === places[place]!.field.ministry && it.consumer === consumers[consumer],
    );
  // Two who never agreed on anything have no agreement that could be suspended.
  const isPossible = ({ state = none, place, consumer }: Partial<typeof factors>) =>
    state === none || place === undefined || consumer === undefined || agreementOf(place, consumer) !== undefined;
  const requests = pairwise(factors, isPossible).map((row, i) => {
    const [place, consumer, purpose] = [places[row.place]!, consumers[row.consumer]!, purposes[row.purpose]!];
    const agreement = agreementOf(row.place, row.consumer);
    const state = agreementStates[row.state]!;
    const person = people.find(
      (it) =>
        it.restriction === restrictions[row.restriction] &&
        consentAbout(it, place, consumer, purpose) === consentStates[row.consent],
    )!;
    const variant = agreement ? variants.whereIs(agreement.agreement, state) : i % variants.papers.length;
    return { variant, consumer, purpose, person, places: [place] };
  });
  return together(requests);
}

/** Who consented to something else may have consented to this. */
export function consentAbout(
  { consent, wanted }: MatrixPerson,
  place: Place,
  consumer: string,
  purpose: string,
): ConsentState {
  const names =
    (consent === "other field" && wanted.fields.includes(place.field.at)) ||
    (consent === "other purpose" && wanted.purposes.includes(purpose)) ||
    (consent === "other recipient" && wanted.consumers.includes(consumer));
  return names ? "given" : consent;
}

/** Cells that differ in the field only are one request; a list is a request of its own. */
function together(requests: readonly SampleRequest[]): SampleRequest[] {
  const same = Map.groupBy(
    requests,
    ({ variant, consumer, purpose, person, places: [place] }) =>
      `${variant} ${consumer} ${purpose} ${person.nationalId} ${place!.from}`,
  );
  return [...same.values()].map((group) => ({ ...group[0]!, places: group.flatMap(({ places }) => places) }));
}

function granted({ papers, places, people, variants }: Space): SampleRequest[] {
  const named = papers.agreements.flatMap(({ consumer, grants }) =>
    grants.map(({ purpose }) => `${consumer} ${purpose}`),
  );
  const two = people.filter(
    ({ consent, restriction }) =>
      (consent === "given" && restriction === "none") || (consent === "none" && restriction === "objection"),
  );
  return [...new Set(named)].flatMap((pair) => {
    const [consumer = "", purpose = ""] = pair.split(" ");
    return variants.papers.flatMap((_, variant) =>
      (variant === 0 ? people : two).flatMap((person) =>
        [...Map.groupBy(places, ({ from }) => from).values()].map((asked) => ({
          variant,
          consumer,
          purpose,
          person,
          places: asked,
        })),
      ),
    );
  });
}
