import type { OrgId } from "#libs/terms";
import type { JWK } from "jose";
import { checkContents, REGISTRY_FILE } from "./contents.js";
import { type Verified, verifyDetached } from "./detached-jws.js";
import type { AgreementDraft, Draft } from "./draft.js";
import type { Problem } from "./problem.js";
import { isValidAt, type Registry } from "./registry.js";

export const AUTHORITY_SIGNATURE = "signatures/authority.jws";

export function fileNameOf(org: string): string {
  return org.slice("org:".length);
}

/** Both sides sign; a house rule has one. */
export function signersOf({ file: { value } }: AgreementDraft): readonly OrgId[] {
  return [...new Set([value.provider, value.consumer])];
}

/** Sides that have not signed. */
export function missingSignatures({ agreements }: Draft): readonly Problem[] {
  return agreements.flatMap((draft) =>
    signersOf(draft)
      .filter((org) => !draft.signatures.has(fileNameOf(org)))
      .map((org) => ({
        ...placeOf(draft, org),
        wrong: `is missing: ${org} has not signed`,
        right: signatureBy(draft, org),
      })),
  );
}

function placeOf({ id }: AgreementDraft, org: OrgId): Pick<Problem, "file" | "line"> {
  return { file: `agreements/${id}/signatures/${fileNameOf(org)}.jws`, line: 1 };
}

const signatureBy = ({ id }: AgreementDraft, org: OrgId) => `a signature by ${org}: weft agreement sign ${id}`;

/** Signatures that are there and do not fit. */
export async function checkSignatures({ agreements, registry }: Draft): Promise<readonly Problem[]> {
  const pairs = agreements.flatMap((draft) => signersOf(draft).map((org) => ({ draft, org })));
  const problems = await Promise.all(pairs.map(({ draft, org }) => signatureProblems(draft, org, registry.value)));
  return problems.flat();
}

async function signatureProblems(draft: AgreementDraft, org: OrgId, registry: Registry): Promise<Problem[]> {
  const result = await signatureOf(draft, org, registry);
  if (result === "valid" || result === "missing") return [];
  return [{ ...placeOf(draft, org), wrong: sayAgreement(result, org), right: signatureBy(draft, org) }];
}

/** Whether an organisation has signed an agreement as it stands now. */
export async function signatureOf(
  draft: AgreementDraft,
  org: OrgId,
  registry: Registry,
): Promise<Verified | "missing"> {
  const text = draft.signatures.get(fileNameOf(org));
  if (text === undefined) return "missing";
  const { json, value } = draft.file;
  const begins = new Date(value.valid.from);
  const keyOf = (kid: string): JWK | undefined => findAgreementKey(registry, org, kid, begins);
  return verifyDetached(text, "agreement+jws", json, keyOf);
}

/** A key counts where it was the organisation's on the day that the agreement begins. */
export function findAgreementKey(registry: Registry, org: OrgId, kid: string, begins: Date): JWK | undefined {
  const keys = registry.organisations[org]?.keys ?? [];
  return keys.find((key) => key.kid === kid && key.use === "agreement" && isValidAt(key, begins))?.jwk;
}

function sayAgreement(result: Exclude<Verified, "valid">, org: OrgId): string {
  const said = {
    malformed: "is not a detached JWS of type agreement+jws",
    "unknown key": `is made with a key that is not ${org}'s on the day that the agreement begins`,
    invalid: "does not fit agreement.yaml: the agreement was altered after signing",
  };
  return said[result];
}

export interface AuthorityEvidence {
  readonly authorityKey: JWK;
  readonly minimumVersion?: number;
}

/** The last check: the folder is one version, signed by the authority, and not an older one. */
export async function checkAuthority(draft: Draft, evidence: AuthorityEvidence): Promise<readonly Problem[]> {
  const { folder, registry } = draft;
  const problems: Problem[] = [...checkContents(folder, registry.value.contents, registry.lineOf(["contents"]))];
  const text = folder.get(AUTHORITY_SIGNATURE);
  const { authorityKey } = evidence;
  const keyOf = (kid: string): JWK | undefined =>
    authorityKey.kid === undefined || authorityKey.kid === kid ? authorityKey : undefined;
  const result = await verifyDetached(text ?? "", "registry+jws", registry.json, keyOf);
  if (result !== "valid") {
    const wrong =
      text === undefined ? "is missing" : `does not fit registry.yaml and the pinned authority key (${result})`;
    problems.push({ file: AUTHORITY_SIGNATURE, line: 1, wrong, right: "a signature by the registry authority" });
  }
  const minimum = evidence.minimumVersion ?? 1;
  if (registry.value.version < minimum) problems.push(olderVersion(draft, minimum));
  return problems;
}

export function olderVersion({ registry }: Pick<Draft, "registry">, minimum: number): Problem {
  const wrong = `version ${registry.value.version} is older than ${minimum}, which was served before`;
  return { file: REGISTRY_FILE, line: registry.lineOf(["version"]), wrong, right: `version ${minimum} or higher` };
}
