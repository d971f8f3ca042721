import { type CoordinateRule, compilePolicy, type SignedAgreement } from "#libs/policy";
import { type Coordinate, type Digest, digestOf, jcs, type OrgId } from "#libs/terms";
import { checkAgreements } from "./agreement-rules.js";
import { compose, type Supergraph } from "./compose.js";
import { agreementHead } from "./detached-jws.js";
import { checkComposition } from "./composition-rules.js";
import type { Contracts, SubgraphContract } from "./contracts.js";
import { coordinateRules } from "./coordinate-rules.js";
import { type Draft, type Ministry, readDraft } from "./draft.js";
import { readFolder } from "./folder.js";
import { checkLabels, labelsOf } from "./label-rules.js";
import { checkMappings } from "./mapping-rules.js";
import { checkOperations } from "./operation-rules.js";
import { throwIfAny } from "./problem.js";
import { purposesOf } from "./purposes.js";
import { checkRegistry } from "./registry-rules.js";
import { schemesOf } from "./registry.js";
import { checkRequires } from "./requires-rules.js";
import { PRELUDE } from "./sdl.js";
import {
  type AuthorityEvidence,
  checkAuthority,
  checkSignatures,
  fileNameOf,
  missingSignatures,
  signersOf,
} from "./signature-rules.js";

export interface LoadOptions extends AuthorityEvidence {
  /** False where only rules and mappings are needed, as at an adapter: the signed supergraph is then taken as it is. */
  readonly compose?: boolean;
}

export const SUPERGRAPH = "supergraph.graphql";

/**
 * Reads the folder once and checks it in stages: form, schemas, labels and mappings, agreements, their
 * signatures, composition, the signature of the whole. Throws
 * `ContractProblems` with all problems of the first stage that has any; nothing half-checked is ever returned.
 */
export async function loadContracts(dir: string, options: LoadOptions): Promise<Contracts> {
  const draft = readDraft(await readFolder(dir));
  const { rules, supergraph } = await checkAll(draft, options.compose === false ? committed : composeAsSigned);
  throwIfAny(await checkAuthority(draft, options));
  return contractsOf(dir, draft, rules, supergraph);
}

export interface ProposalOptions {
  /** Also where a side of an agreement has not signed yet. A signature that is there must fit. */
  readonly unsigned?: boolean;
  /** False where only what was agreed is read: the supergraph is then the one that was signed last. */
  readonly compose?: boolean;
}

/**
 * The folder as it is proposed to the registry authority: all that is checked of a signed one, but what the authority does last: the
 * supergraph composed, and its signature over the whole. Nothing may be served from it.
 */
export async function loadProposal(dir: string, options: ProposalOptions = {}): Promise<Contracts> {
  const draft = readDraft(await readFolder(dir));
  const composed = ({ model, registry }: Draft) => compose(model, registry.value);
  const { rules, supergraph } = await checkAll(
    draft,
    options.compose === false ? committed : composed,
    options.unsigned === true,
  );
  return contractsOf(dir, draft, rules, supergraph);
}

type Composition = (draft: Draft) => Supergraph | Promise<Supergraph>;

async function checkAll(draft: Draft, compositionOf: Composition, unsigned = false) {
  const rules = checkSchemas(draft);
  throwIfAny([...checkAgreements(draft, rules), ...checkRequires(draft, rules)]);
  throwIfAny(await checkSignatures(draft));
  if (!unsigned) throwIfAny(missingSignatures(draft));
  const supergraph = await compositionOf(draft);
  throwIfAny(await checkOperations(draft, rules, supergraph.supergraphSdl));
  return { rules, supergraph };
}

export type Rules = ReadonlyMap<Coordinate, CoordinateRule>;

export function checkSchemas(draft: Draft): Rules {
  throwIfAny(checkRegistry(draft));
  const evidence = {
    purposes: purposesOf(draft.purposes.value),
    schemes: Object.values(draft.registry.value.schemes).map((scheme) => scheme.enum),
  };
  throwIfAny(checkComposition(draft.model, evidence));
  throwIfAny([...checkLabels(draft), ...checkMappings(draft)]);
  return coordinateRules(draft.model);
}

function committed({ folder }: Draft): Supergraph {
  return { supergraphSdl: folder.get(SUPERGRAPH) ?? "", publicSdl: "" };
}

/** What serves is composed here and now; the committed text must be the same, for those who only read. */
async function composeAsSigned(draft: Draft): Promise<Supergraph> {
  const composed = await compose(draft.model, draft.registry.value);
  if (composed.supergraphSdl !== draft.folder.get(SUPERGRAPH)) {
    const wrong = "is not what the schemas compose to";
    throwIfAny([
      { file: SUPERGRAPH, line: 1, wrong, right: "the supergraph composed again, and the folder signed again" },
    ]);
  }
  return composed;
}

function contractsOf(dir: string, draft: Draft, rules: Rules, supergraph: Supergraph): Contracts {
  const agreements = draft.agreements.map(signedOf);
  return {
    dir,
    version: draft.registry.value.version,
    digest: digestOf(jcs(draft.registry.json)),
    policyDigest: policyDigestOf(draft, rules, agreements),
    supergraphDigest: digestOf(supergraph.supergraphSdl),
    registry: draft.registry.value,
    schemes: schemesOf(draft.registry.value),
    purposes: purposesOf(draft.purposes.value),
    subgraphs: new Map(draft.ministries.map((it) => [it.source.provider, subgraphOf(it, draft)])),
    agreements,
    rules,
    policy: compilePolicy(rules.values(), agreements, draft.registry.value.strongSignIn),
    ...supergraph,
  };
}

function signedOf(draft: Draft["agreements"][number]): SignedAgreement {
  const { file, operations, signatures } = draft;
  const [suspended, open] = [true, false].map((is) => operations.filter((it) => (it.suspension !== undefined) === is));
  return {
    agreement: file.value,
    digest: digestOf(jcs(file.json)),
    operations: new Set(open!.map(({ digest }) => digest)),
    suspended: new Set(suspended!.map(({ digest }) => digest)),
    signedBy: signersOf(draft).flatMap((organisation) => {
      const head = agreementHead(signatures.get(fileNameOf(organisation)) ?? "");
      return head === undefined ? [] : [{ organisation, ...head }];
    }),
    registered: operations.map(({ name, text, suspension }) => ({ name, text, suspended: suspension !== undefined })),
  };
}

function policyDigestOf(draft: Draft, rules: Rules, agreements: readonly SignedAgreement[]): Digest {
  const signed = agreements.map(({ digest, operations, suspended = [] }) => [
    digest,
    ...[...operations].sort(),
    ...[...suspended].sort().map((it) => `suspended ${it}`),
  ]);
  const { strongSignIn } = draft.registry.value;
  return digestOf(
    jcs({
      purposes: draft.purposes.json,
      rules: [...rules.values()],
      agreements: signed,
      ...(strongSignIn && { strongSignIn }),
    }),
  );
}

function subgraphOf(ministry: Ministry, draft: Draft): SubgraphContract {
  const { name, provider, text } = ministry.source;
  return {
    name,
    provider: provider satisfies OrgId,
    sdl: `${draft.folder.get(PRELUDE)!}\n${text}`,
    adapter: ministry.adapter?.json ?? null,
    labels: labelsOf(ministry, draft),
  };
}
