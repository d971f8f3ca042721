import { appendFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConsentReceipt, signReceipt } from "#libs/consent";
import {
  type CanonicalPerson,
  type Coordinate,
  deriveSealKey,
  type OrgId,
  parseJws,
  type PurposeCode,
  random16,
  Sealer,
} from "#libs/terms";
import { canaryNumbers } from "../../../apps/sandbox/src/country/canary.js";
import { sandboxKey, sandboxSealMaster } from "../../../apps/sandbox/src/keys.js";
import { ministries, type Network } from "../../../apps/sandbox/src/network.js";
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

/** Somebody whom all six ministries know, and what they said. */
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

/** Everybody says to every ministry what they have to say; resolves when the adapters have heard it and what expires has expired. */
export async function letThemSpeak(people: readonly MatrixPerson[], network: Network): Promise<void> {
  for (const person of people) {
    for (const ministry of ministries) {
      const provider = `org:${ministry}` as OrgId;
      const about = { person: `nid:${person.nationalId}` as CanonicalPerson, provider };
      if (person.restriction !== "none") network.consents.restrict({ ...about, kind: person.restriction });
      for (const consent of person.word.consents) consentTo(consent, about, network);
    }
  }
  await sleep(REACHES_ADAPTERS + EXPIRES_AFTER * 1000);
}

/** Adapters look each second; the list of withdrawals is signed anew at once. */
const REACHES_ADAPTERS = 1_000;
/** Seconds: long enough that every adapter has read the receipt while it was in force. */
const EXPIRES_AFTER = 3;

interface About {
  readonly person: CanonicalPerson;
  readonly provider: OrgId;
}

function consentTo({ recipients, purposes, fields, standing }: Consent, about: About, network: Network): void {
  for (const recipient of recipients) {
    const record = network.consents.giveConsent({
      ...about,
      // Somebody else's, to have the register's own terms: see `expiring`.
      ...(standing === "expired" && { person: NOBODY }),
      recipient: recipient as OrgId,
      purposes: purposes as PurposeCode[],
      coordinates: fields as Coordinate[],
    });
    if (standing === "withdrawn") network.consents.withdrawConsent(record);
    if (standing === "expired") appendFileSync(feedOf(network, about.provider), `${expiring(about, network)}\n`);
  }
}

const NOBODY = "nid:0000000007" as CanonicalPerson;

/** The register gives consents for two years. This is its newest receipt again, about another person and for a few seconds. */
function expiring({ person, provider }: About, network: Network): string {
  const newest = readFileSync(feedOf(network, provider), "utf8").trimEnd().split("\n").at(-1)!;
  const terms = parseJws(newest, "consent-receipt+jwt").payload as ConsentReceipt;
  const sealer = new Sealer(deriveSealKey(sandboxSealMaster.kid, sandboxSealMaster.bytes, provider));
  const { kid, privateKey: key } = sandboxKey("registry-consent-1");
  const exp = Math.floor(Date.now() / 1000) + EXPIRES_AFTER;
  const receipt = { ...terms, jti: random16(), record_id: random16(), sub: sealer.seal(person), exp } as ConsentReceipt;
  return signReceipt(receipt, { kid, key });
}

function feedOf({ dataDir }: Network, provider: OrgId): string {
  return path.join(dataDir, "consent", provider.slice("org:".length), "receipts.jsonl");
}
