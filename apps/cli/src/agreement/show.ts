import { writeFile } from "node:fs/promises";
import { confirm } from "@inquirer/prompts";
import {
  ContractProblems,
  type Contracts,
  countersignAgreement,
  loadContracts,
  loadProposal,
  signAgreement,
} from "#libs/contracts";
import { type AgreementAnswer, termsOf } from "#libs/review";
import { type Digest, parseOrgId } from "#libs/terms";
import { authorityKey, readPrivateKey, UsageError } from "../places.js";
import { pageAsHtml, pageAsPdf } from "./paper.js";
import { pageInWords } from "./words.js";

export interface AgreementOptions {
  readonly contracts: string;
  readonly authority?: string;
  readonly language: string;
  readonly html?: string;
  readonly pdf?: string;
}

export interface AgreementSignOptions {
  readonly contracts: string;
  readonly as: string;
  readonly key: string;
}

/** `weft agreement show`: one page in plain words with its hash and who has signed; also of one that is only proposed. */
export async function showAgreement(id: string, options: AgreementOptions): Promise<number> {
  const { contracts, isSigned } = await inForceOrProposed(options);
  const { page } = termsIn(contracts, id, options.language);
  console.log(pageInWords(page));
  if (!isSigned) console.log("\nThe registry authority has not signed this folder as it stands: none of it serves.");
  if (options.html !== undefined) await writeFile(options.html, await pageAsHtml(page));
  if (options.pdf !== undefined) await writeFile(options.pdf, await pageAsPdf(page));
  return 0;
}

/** A proposed folder is loaded without the authority's signature; each side's that is there must fit all the same. */
async function inForceOrProposed({ contracts: dir, authority }: AgreementOptions) {
  try {
    const contracts = await loadContracts(dir, { authorityKey: authorityKey(authority), compose: false });
    return { contracts, isSigned: true };
  } catch (error) {
    if (!(error instanceof ContractProblems)) throw error;
    return { contracts: await loadProposal(dir, { unsigned: true, compose: false }), isSigned: false };
  }
}

function termsIn(contracts: Contracts, id: string, language: string): AgreementAnswer {
  const signed = contracts.agreements.find(({ agreement }) => agreement.agreement === id);
  if (!signed) {
    const known = contracts.agreements.map(({ agreement }) => agreement.agreement).join(", ");
    throw new UsageError(`There is no agreement ${id}. There are: ${known}.`);
  }
  const nobody = { organisation: signed.agreement.consumer, roles: [] };
  return termsOf(signed, { contracts, suspensions: [], reviewer: nobody, language, now: new Date() });
}

/** One side's signature over the agreement as it stands. The registry authority signs the folder after both. */
export async function signAgreementAs(id: string, options: AgreementSignOptions): Promise<number> {
  const file = await signAgreement(options.contracts, id, parseOrgId(options.as), readPrivateKey(options.key));
  console.log(`Signed as ${options.as}: ${file}`);
  return 0;
}

export interface CountersignOptions extends AgreementSignOptions {
  /** The hash that stands on the page that was read. */
  readonly digest?: string;
  readonly language: string;
}

/** `weft agreement countersign`: the other side signs the same text, which it is shown, or names by the hash of what it read. */
export async function countersign(id: string, options: CountersignOptions): Promise<number> {
  const { contracts: dir, as: org, key, language } = options;
  const terms = termsIn(await loadProposal(dir, { unsigned: true, compose: false }), id, language);
  console.log(pageInWords(terms.page));
  const digest = options.digest ?? (await readNow(terms, org));
  const file = await countersignAgreement(dir, id, {
    org: parseOrgId(org),
    digest: digest as Digest,
    key: readPrivateKey(key),
  });
  console.log(`\nCountersigned as ${org}: ${file}\nIt serves once the registry authority has signed the folder.`);
  return 0;
}

async function readNow({ digest }: AgreementAnswer, org: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError(`Not signed. Read the page above, then name its hash: --digest ${digest}.`);
  if (await confirm({ message: `Does ${org} sign this text?`, default: false })) return digest;
  throw new UsageError("Not signed.");
}
