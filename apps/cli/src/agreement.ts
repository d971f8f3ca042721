import { loadContracts, signAgreement } from "#libs/contracts";
import { parseOrgId } from "#libs/terms";
import { agreementInWords } from "./agreement-words.js";
import { namesOf, termsOf } from "#libs/review";
import { authorityKey, readPrivateKey, UsageError } from "./places.js";

export interface AgreementOptions {
  readonly contracts: string;
  readonly authority?: string;
  readonly language: string;
}

export async function showAgreement(id: string, options: AgreementOptions): Promise<number> {
  const contracts = await loadContracts(options.contracts, {
    authorityKey: authorityKey(options.authority),
    compose: false,
  });
  const signed = contracts.agreements.find(({ agreement }) => agreement.agreement === id);
  if (!signed) {
    const known = contracts.agreements.map(({ agreement }) => agreement.agreement).join(", ");
    throw new UsageError(`There is no agreement ${id}. There are: ${known}.`);
  }
  const nobody = { organisation: signed.agreement.consumer, roles: [] };
  const terms = termsOf(signed, {
    contracts,
    suspensions: [],
    reviewer: nobody,
    language: options.language,
    now: new Date(),
  });
  console.log(agreementInWords(terms, namesOf(contracts, options.language)));
  return 0;
}

/** One side's signature over the agreement as it stands. The registry authority signs the folder after both. */
export async function signAgreementAs(
  id: string,
  options: { contracts: string; as: string; key: string },
): Promise<number> {
  const file = await signAgreement(options.contracts, id, parseOrgId(options.as), readPrivateKey(options.key));
  console.log(`Signed as ${options.as}: ${file}`);
  return 0;
}
