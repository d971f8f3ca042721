import { createHash } from "node:crypto";
import { z } from "zod";
import type { OrgId, PartyId } from "#libs/terms";

/** Why a record is one to look at. Each rule is a file of this folder; `unexplained` and `break-glass` are the two that need no comparison. */
export const RuleName = z.enum([
  "unexplained",
  "own-record",
  "same-household",
  "volume",
  "guessing",
  "no-application",
  "many-officers",
  "break-glass",
]);
export type RuleName = z.infer<typeof RuleName>;

/** `withdrawn`: what raised it holds no longer, as when a case was entered late. A person's decision about an alert is not kept here. */
export type AlertState = "open" | "withdrawn";

/**
 * Something that a person should look at, and why. References only: indices of records, the pseudonym, codes and counts. Nothing in it is an
 * attribute of a citizen, nor a reference to one: who it was is in the records, for whoever may open them.
 */
export interface Alert {
  /** The same for the same finding, however often the log is read. */
  readonly id: string;
  readonly rule: RuleName;
  /** Whose officer it was. */
  readonly consumer: OrgId;
  /** A pseudonym; none where it is about several officers. */
  readonly officer: PartyId | undefined;
  /** Providers whose own data-protection officers see it too. None where its counts tell of more than one ministry. */
  readonly providers: readonly OrgId[];
  /** Indices of records, oldest first, at most `MAX_RECORDS`. */
  readonly records: readonly number[];
  /** How the reason is said: whole numbers under names that the rule's file lists, `{"persons":212,"usual":31,"peers":14}`. */
  readonly counts: Readonly<Record<string, number>>;
  /** 0 to 100; a rank for a work list, and no probability. */
  readonly score: number;
  /** Of the newest of its records. */
  readonly at: Date;
  /** By when somebody must have looked; break-glass alone. */
  readonly due: Date | undefined;
  readonly state: AlertState;
}

export const MAX_RECORDS = 100;

/** What makes two findings the same: the rule, the officer's house, and what the rule itself tells apart. */
export function alertId(rule: RuleName, consumer: OrgId, ...apart: readonly (string | number)[]): string {
  const text = [rule, consumer, ...apart].join("\n");
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

/** Who may see an alert: the officer's own house, the authority, and providers that it names. */
export type AlertScope = { readonly all: true } | { readonly organisation: OrgId };

export function isVisible({ consumer, providers }: Alert, scope: AlertScope): boolean {
  return "all" in scope || scope.organisation === consumer || providers.includes(scope.organisation);
}

/** Kept by the console. */
export interface AlertStore {
  /** Adds, or replaces what has the same `id`. What is withdrawn is marked as such where it is open, and is nothing where nobody raised it. */
  put(alerts: readonly Alert[]): Promise<void>;
  /** Open ones, highest score first, then newest; of one rule, where it is named. */
  open(scope: AlertScope, limit: number, rule?: RuleName): Promise<readonly Alert[]>;
  /** How many are open, by rule. */
  count(scope: AlertScope): Promise<Readonly<Partial<Record<RuleName, number>>>>;
  find(id: string, scope: AlertScope): Promise<Alert | undefined>;
}
