import type { AccountProblem } from "../account/judge.js";
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { AgreementId, CanonicalPerson, Code, Coordinate, Digest, OrgId, Scheme, SealKey } from "#libs/terms";
import type { AdapterConfig } from "./config.js";
import type { Needs } from "./need.js";
import type { PlanShape } from "./visibility.js";

/**
 * What the two sides of an adapter say to each other. The verify side compiles a fetch's text to a `ReadPlan`, checks its
 * coordinates against the record, and decides; then it hands a `ReadRequest` to the ministry, which asks `withhold` back
 * *before* any personal column is read.
 */

/** A fetch's text as this adapter's own parser understands it. Holds no variable and no person: cache it by `digest`. */
export interface ReadPlan {
  readonly text: string;
  /** Of the text's bytes. */
  readonly digest: Digest;
  /** `entities`: `_entities(representations:)`. `lists`: list entries of the ministry's own. Never both. */
  readonly kind: "entities" | "lists";
  /**
   * Every coordinate that execution can touch, entries (`Query.x`) included; for interfaces, of each implementer. Without
   * `__typename` and without `Person.ref`, which says no more than the representation or the recorded row it comes from.
   */
  readonly coordinates: ReadonlySet<Coordinate>;
  /**
   * What `withhold` is to judge: `coordinates`, and those that filters, order and cursors of lists look at without selecting
   * them. A person from whom one of the latter is withheld is not in the list.
   */
  readonly touched: ReadonlySet<Coordinate>;
  /** The list entries. Empty for `entities`. */
  readonly entries: readonly Coordinate[];
  /** What a policy question needs beside coordinates, under these variables. Throws `VARIABLES_INVALID`. */
  question(variables: Variables): PlanQuestion;
  /** At their declared types, with defaults. Throws `VARIABLES_INVALID`. */
  coerce(variables: Variables): Variables;
  readonly document: DocumentNode;
  readonly needs: Needs;
  readonly shape: PlanShape;
}

export type Variables = Readonly<Record<string, unknown>>;

export interface PlanQuestion {
  /** `values`: the enum values used, or null where the argument takes a free value. As in `Question.arguments`. */
  readonly arguments: readonly { readonly argument: string; readonly values: readonly string[] | null }[];
  readonly entries: readonly { readonly entry: Coordinate; readonly first: number }[];
}

/** One person of a request and every identifier of the MIS rows that hold the key, aliases included. */
export interface RowIdentity {
  /** As the representation names them; in a list, by the row's best identifier. */
  readonly person: CanonicalPerson;
  /** Contains `person`, also where no row was found. */
  readonly identifiers: readonly CanonicalPerson[];
}

/** `everything`: the person is protected, objects, or gave no consent at all. Otherwise the coordinates not to be read. */
export type Withheld = "everything" | ReadonlySet<Coordinate>;

/** Asked once per statement with all rows, in order; answers in that order. Absent persons are among them. */
export type Withholding = (rows: readonly RowIdentity[]) => readonly Withheld[] | Promise<readonly Withheld[]>;

/** Somebody whom a list that rests on consent may show, judged by the one identifier that their consent names. */
export interface Consenting {
  readonly person: CanonicalPerson;
  readonly withheld: Withheld;
}

export interface ReadRequest {
  /** The persons of `_entities`, in the order of the representations. Empty for lists. */
  readonly persons: readonly CanonicalPerson[];
  /** Without `representations`. */
  readonly variables: Variables;
  readonly withhold: Withholding;
  /** For lists that rest on consent: the MIS is asked for rows of these persons alone. Null: by law, of anybody. */
  readonly consenting: readonly Consenting[] | null;
  /** `Person.ref` in the answer: the person sealed for this provider. */
  readonly refOf: (person: CanonicalPerson) => string;
  /** What list cursors are bound to, beside the plan's digest and arguments. */
  readonly binding: { readonly consumer: OrgId; readonly agreement: AgreementId };
  readonly now: Date;
  readonly signal: AbortSignal;
}

export interface ReadError {
  readonly message: string;
  readonly path: readonly (string | number)[];
  readonly extensions: { readonly code: Code; readonly coordinate?: Coordinate };
}

export type Quality = "VERIFIED" | "DECLARED" | "DISPUTED";

export interface ReadResult {
  readonly data: Readonly<Record<string, unknown>> | null;
  /** Empty when there are none. */
  readonly errors: readonly ReadError[];
  /** The oldest as-of date among the released rows; null where none says. `yyyy-MM-dd`. */
  readonly asOf: string | null;
  /** The least of the released rows' qualities; null where none says. */
  readonly quality: Quality | null;
  /** Persons with at least one coordinate not available, for whatever reason: one uniform figure. */
  readonly withheld: number;
  /** Other identifiers of released persons. To be sealed before they leave the adapter. */
  readonly aliases: readonly CanonicalPerson[];
  /** The persons of whom any value was released: consent uses are counted on these. Lists: the rows of the `rows` record. */
  readonly released: readonly CanonicalPerson[];
  /** For the ministry's own metrics; never leaves it. */
  readonly counts: ReadCounts;
}

export interface ReadCounts {
  readonly persons: number;
  readonly absent: number;
  readonly duplicates: number;
  readonly restricted: number;
  /** How often the stored text of a field could not be decoded. */
  readonly unreadable: ReadonlyMap<Coordinate, number>;
}

export interface RawRow {
  readonly table: string;
  readonly row: Readonly<Record<string, string | null>>;
}

export interface Ministry {
  /** Throws WeftError `SOURCE_UNAVAILABLE`, `SOURCE_REFUSED`, `SOURCE_INVALID`, `VARIABLES_INVALID`. */
  read(plan: ReadPlan, request: ReadRequest): Promise<ReadResult>;
  /** The rows as the MIS holds them, undecoded: for `weft adapter try` on the ministry's own machine only. */
  raw(person: CanonicalPerson, signal: AbortSignal): Promise<readonly RawRow[]>;
  health(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }>;
  /** What is wrong with the adapter's account and with the look-ups that it makes. Throws `SOURCE_*` where the MIS does not say. */
  account(signal: AbortSignal): Promise<readonly AccountProblem[]>;
  close(): Promise<void>;
}

export interface MinistryOptions {
  readonly config: AdapterConfig;
  /** From `subgraphSchema(sdl)`. */
  readonly schema: GraphQLSchema;
  readonly schemes: ReadonlyMap<string, Scheme>;
  /** Where `env:NAME` is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The provider's own; cursors are sealed under a key derived from it. */
  readonly sealKey: SealKey;
}
