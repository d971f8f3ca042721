import { setTimeout as sleep } from "node:timers/promises";
import type { CanonicalPerson, Coordinate, OrgId, PurposeCode } from "#libs/terms";
import { type ConsentRegister, openConsentRegister } from "../../../apps/sandbox/src/consent-register.js";
import { canaryNumbers } from "../../../apps/sandbox/src/country/canary.js";
import type { Network } from "../../../apps/sandbox/src/network.js";
import { uncutFetch } from "../own-issuer.js";
import {
  consentsIn,
  type ConsentState,
  everything,
  type Restriction,
  restrictions,
  type Wanted,
} from "./circumstances.js";
import type { Consent, PersonalWord } from "./law.js";
import type { Papers } from "./papers.js";

/** Somebody whom all ministries know, and what they said. */
export interface MatrixPerson {
  readonly nationalId: string;
  readonly restriction: Restriction;
  /** Left out where it is about nothing (`none`). */
  readonly consent: ConsentState;
  /** What the person's consent names, or would have to. */
  readonly wanted: Wanted;
  readonly word: PersonalWord;
}

/**
 * One person for each restriction × consent state. Of a consent to something else there are two people, each with what the other
 * lacks, so that whatever is asked, one of them consented to all but that.
 */
export function peopleOf(network: Network, papers: Papers): MatrixPerson[] {
  const all = everything(papers);
  const halves = [0, 1].map((half) => ({
    consumers: halfOf(all.consumers, half),
    purposes: halfOf(all.purposes, half),
    fields: halfOf(all.fields, half),
  }));
  const said = (["given", "none", "withdrawn", "expired"] as const).map((consent) => ({ consent, wanted: all }));
  const saidOtherwise = halves.flatMap(({ consumers, purposes, fields }) => [
    { consent: "other purpose" as const, wanted: { ...all, purposes } },
    { consent: "other field" as const, wanted: { ...all, fields } },
    { consent: "other recipient" as const, wanted: { ...all, consumers } },
  ]);
  return restrictions
    .flatMap((restriction) => [...said, ...saidOtherwise].map((about) => ({ restriction, ...about })))
    .map((person, i) => ({
      ...person,
      nationalId: network.country.person(canaryNumbers[i]!).nid!,
      word: { restriction: person.restriction, consents: consentsIn(person.consent, person.wanted, all) },
    }));
}

function halfOf<T>(from: readonly T[], half: number): T[] {
  return from.filter((_, i) => i % 2 === half);
}

/** Everybody says what they have to say; resolves when the adapters have heard it and what expires has expired. */
export async function letThemSpeak(people: readonly MatrixPerson[], network: Network): Promise<void> {
  const personOf = ({ nationalId }: MatrixPerson) => `nid:${nationalId}` as CanonicalPerson;
  const restricted = people.flatMap((person) =>
    person.restriction === "none" ? [] : [{ person: personOf(person), kind: person.restriction }],
  );
  // Also for what no agreement names: a token service would give their officers no token for it.
  const { consent: register } = network.urls;
  const consents = openConsentRegister(register, ({ name: persona }, purpose) => ({
    fetch: uncutFetch({ persona, purpose }, register),
  }));
  await consents.restrict(...restricted);
  for (const person of people)
    for (const consent of person.word.consents) await consentTo(consent, personOf(person), consents);
  await sleep(REACHES_ADAPTERS + EXPIRES_AFTER * 1000);
}

/** Adapters are told of receipts at once, and look at the list of withdrawals each second. */
const REACHES_ADAPTERS = 2_000;
/** Seconds: long enough that every adapter has read the receipt while it was in force. */
const EXPIRES_AFTER = 3;

async function consentTo(
  { recipients, purposes, fields, standing }: Consent,
  person: CanonicalPerson,
  consents: ConsentRegister,
): Promise<void> {
  for (const recipient of recipients) {
    const record = await consents.giveConsent({
      person,
      recipient: recipient as OrgId,
      purposes: purposes as PurposeCode[],
      coordinates: fields as Coordinate[],
      ...(standing === "expired" && { until: new Date(Date.now() + EXPIRES_AFTER * 1000) }),
    });
    if (standing === "withdrawn") await consents.withdrawConsent(record);
  }
}
