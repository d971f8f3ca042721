import type { AgreementId, CaseId, Coordinate, Digest, OrgId } from "#libs/terms";
import { digestOf, jcs, parseCoordinate, parseOrgId, parsePurposeCode } from "#libs/terms";
import { type SignedAgreement, agreementSchema } from "./agreement.js";
import type { Question } from "./decision.js";
import type { ArgumentKind, CoordinateKind, CoordinateRule, PersonalClass, Release } from "./rule.js";

/** Tests and vectors write rules, agreements and questions in short; these are their long forms. */

export interface FieldInShort {
  readonly ministry?: string;
  readonly kind?: CoordinateKind;
  readonly class?: PersonalClass;
  readonly returns: string;
  /** argument -> kind, and for a filter the coordinate that it reads: `filter Type.field` */
  readonly arguments?: Record<string, string>;
  readonly release?: readonly ReleaseInShort[];
}

type ReleaseInShort = Omit<Release, "mode"> & Partial<Release>;

export interface TypeInShort {
  readonly type: string;
  readonly ministry?: string;
  readonly release?: readonly ReleaseInShort[];
  readonly fields: Record<string, FieldInShort>;
}

export function rulesOf(types: readonly TypeInShort[]): CoordinateRule[] {
  return types.flatMap((type) => Object.entries(type.fields).map(([name, field]) => ruleOf(type, name, field)));
}

function ruleOf(type: TypeInShort, name: string, field: FieldInShort): CoordinateRule {
  const kind = field.kind ?? "value";
  const inherited = kind === "value" ? type.release : undefined;
  return {
    coordinate: parseCoordinate(`${type.type}.${name}`),
    controller: parseOrgId(field.ministry ?? type.ministry),
    kind,
    class: field.class ?? "P0",
    releases: (field.release ?? inherited ?? []).map((it) => ({ mode: "VALUE", ...it })),
    named: field.returns,
    arguments: Object.entries(field.arguments ?? {}).map(([argument, text]) => {
      const [argumentKind, touches] = text.split(" ");
      return {
        name: argument,
        kind: argumentKind as ArgumentKind,
        ...(touches === undefined ? {} : { touches: parseCoordinate(touches) }),
      };
    }),
  };
}

export interface AgreementInShort {
  readonly as?: string;
  readonly provider?: string;
  readonly consumer?: string;
  readonly version?: number;
  readonly state?: "active" | "suspended" | "terminated";
  readonly valid?: { readonly from: string; readonly until: string };
  readonly personsPerRequest?: number;
  readonly registered?: readonly string[];
  readonly suspended?: readonly string[];
  readonly grants?: readonly {
    readonly purpose: string;
    readonly basis: string;
    readonly subjects?: string;
    readonly fields: Record<string, readonly string[]>;
    readonly filters?: readonly string[];
    readonly arguments?: Record<string, readonly string[]>;
  }[];
}

export function signed(name: string, short: AgreementInShort): SignedAgreement {
  const agreement = agreementSchema.parse({
    agreement: name,
    version: short.version ?? 1,
    state: short.state ?? "active",
    provider: short.provider,
    consumer: short.consumer,
    summary: { en: "An agreement of the sandbox country." },
    valid: short.valid ?? { from: "2026-01-01T00:00:00Z", until: "2026-12-31T23:59:59Z" },
    grants: short.grants?.map((it) => ({ provision: "Act s. 1", subjects: "any", filters: [], ...it })),
    operations: { mode: short.registered ? "registered-only" : "within-grant", folder: "operations/" },
    limits: { personsPerRequest: short.personsPerRequest ?? 1 },
    duties: { retention: "P30D", onward: "none" },
    options: { discloseConsentState: false, callerProof: "none", listRecording: "provider" },
    meaning: digestOf(""),
  });
  const setOf = (names: readonly string[] = []) => new Set(names.map((one) => operation(one)));
  const [operations, suspended] = [setOf(short.registered), setOf(short.suspended)] as const;
  return { agreement, digest: digestOf(jcs(agreement)), operations, suspended };
}

export interface QuestionInShort {
  readonly consumer: string;
  readonly purpose: string;
  readonly case?: string;
  readonly narrowedTo?: readonly string[];
  readonly operation?: string;
  readonly persons?: number;
  readonly lists?: Record<string, number>;
  readonly arguments?: Record<string, readonly string[] | "free">;
  readonly reasoned?: boolean;
  readonly signedIn?: { readonly by: string; readonly at: string };
  readonly fields: readonly string[];
}

export function question(short: QuestionInShort): Question {
  return {
    consumer: short.consumer as OrgId,
    purpose: parsePurposeCode(short.purpose),
    ...(short.case === undefined ? {} : { caseId: short.case as CaseId }),
    ...(short.narrowedTo === undefined ? {} : { narrowedTo: short.narrowedTo as readonly AgreementId[] }),
    operation: operation(short.operation ?? "a query of one's own"),
    coordinates: new Set(short.fields.map((it) => parseCoordinate(it))),
    arguments: Object.entries(short.arguments ?? {}).map(([argument, values]) => ({
      argument,
      values: values === "free" ? null : values,
    })),
    persons: short.persons ?? 1,
    entries: Object.entries(short.lists ?? {}).map(([entry, first]) => ({ entry: entry as Coordinate, first })),
    ...(short.reasoned !== undefined && { isReasoned: short.reasoned }),
    ...(short.signedIn && { signIn: { acr: short.signedIn.by, authTime: Date.parse(short.signedIn.at) / 1000 } }),
  };
}

function operation(name: string): Digest {
  return digestOf(name);
}
