import type { Look } from "#libs/access-log";
import type { Contracts } from "#libs/contracts";
import type { PurposeCode } from "#libs/terms";
import { type Console, recordLook, type LookedUp, type Looker } from "../look-up.js";
import { namesOf } from "../names.js";
import type { FoundAccess } from "./found.js";
import { categoriesOf } from "./letter.js";
import type { Usage } from "./usage-api.js";

declare const admitted: unique symbol;
/** An organisation that runs a portal, by the registry's word, with its own token; only the console's portal gate makes one. */
export interface Portal extends Required<Looker> {
  readonly case: string;
  readonly [admitted]: true;
}

/** The one way from a portal to the log: recorded as any look is, about one person, and about nobody else. */
export async function lookForPerson(
  portal: Portal,
  look: Extract<Look, { kind: "accesses" }>,
  console: Console,
): Promise<LookedUp> {
  const occasion = { purpose: "data-subject-rights" as const, case: portal.case };
  const { record, inclusion } = await recordLook(portal, occasion, { scope: "person", look }, console);
  return { record: inclusion.index, answer: await console.log.review(record, inclusion) };
}

/** The officer stays in the log. */
export function usageOf(found: FoundAccess, contracts: Contracts, language: string): Usage {
  const { at, consumer, purpose, sections, outcome, index, jwt, disclosures, proof } = found;
  const names = namesOf(contracts, language);
  return {
    logtime: at,
    action: names.purpose(purpose as PurposeCode),
    receiver: consumer,
    receiverName: names.organisation(consumer),
    purpose,
    sources: sections.map(({ provider, basis, agreement, coordinates }) => {
      const provision = names.provision(agreement as never, purpose as PurposeCode);
      return {
        provider: { code: provider, words: names.organisation(provider) },
        basis,
        ...(provision !== undefined && { provision }),
        categories: categoriesOf(coordinates, contracts),
      };
    }),
    ...(outcome !== undefined && { outcome }),
    index,
    evidence: { jwt, disclosures, proof },
  };
}
