import type { AgreementId, CaseId, Code, Coordinate, Digest, OrgId, PurposeCode } from "#libs/terms";
import type { Agreement } from "./agreement.js";
import type { LegalBasis } from "./legal-basis.js";

/** What is asked, without a person, a value or a literal in it. */
export interface Question {
  readonly consumer: OrgId;
  readonly purpose: PurposeCode;
  readonly caseId?: CaseId;
  /** Agreements that the access token names, and then only these; absent: all. */
  readonly narrowedTo?: readonly AgreementId[];
  readonly operation: Digest;
  /** Every touched coordinate: selected fields, filters, ordering, keys, inputs of `@requires`. */
  readonly coordinates: ReadonlySet<Coordinate>;
  readonly arguments: readonly UsedArgument[];
  /** How many persons are named by key. Persons found by a list are counted through `entries`. */
  readonly persons: number;
  /** The lists asked, each with its page size. An entry point that is touched but not listed here is refused. */
  readonly entries: readonly { readonly entry: Coordinate; readonly first: number }[];
  /** How and when (seconds) the officer signed in, where the caller's own issuer says so. */
  readonly signIn?: { readonly acr: string; readonly authTime: number };
  /** Whether the officer gave a reason. What it says is for people. */
  readonly isReasoned?: boolean;
}

/** What counts as signing in strongly, as the registry says it; `maxAge` in seconds. */
export interface StrongSignIn {
  readonly acr: readonly string[];
  readonly maxAge: number;
}

export interface UsedArgument {
  /** `Type.field(argument:)` */
  readonly argument: string;
  /** The enum values used; null where the value is free text, a number or a date. */
  readonly values: readonly string[] | null;
}

/** Why a coordinate is refused. All depend only on who asks for which field, never on the person. */
export type DenyReason = Extract<
  Code,
  | "AGREEMENT_INACTIVE"
  | "OPERATION_NOT_REGISTERED"
  | "CASE_REQUIRED"
  | "PURPOSE_NOT_ALLOWED"
  | "FIELD_NOT_IN_AGREEMENT"
  | "RELEASE_NOT_ALLOWED"
  | "ARGUMENT_NOT_IN_AGREEMENT"
  | "LIMIT_EXCEEDED"
  | "REASON_REQUIRED"
  | "STEP_UP_REQUIRED"
>;

/** The grant under which a field is released, as records, answers and adapters cite it. */
export interface Grant {
  readonly agreement: AgreementId;
  readonly version: number;
  readonly digest: Digest;
  readonly provider: OrgId;
  readonly purpose: PurposeCode;
  readonly basis: LegalBasis;
  readonly provision: string;
  readonly limits: Agreement["limits"];
  readonly duties: Agreement["duties"];
  readonly options: Agreement["options"];
}

/** The shortest lawful way to what was refused. */
export interface Remedy {
  readonly say: string;
  /** Asking with this purpose would be permitted now. */
  readonly purpose?: PurposeCode;
  /** ... where the person consents. */
  readonly consent?: boolean;
}

export type Permission = { readonly effect: "permit" | "permitIfConsent"; readonly grant: Grant | null };
export type Denial = { readonly effect: "deny"; readonly code: DenyReason; readonly remedy: Remedy | null };
/** `grant` is null for structural and reference coordinates: nothing personal is read through them. */
export type Verdict = Permission | Denial;

export interface Decision {
  readonly verdicts: ReadonlyMap<Coordinate, Verdict>;
  /** The agreement in force with each touched dataController that has one. */
  readonly agreements: ReadonlyMap<OrgId, Grant>;
}
