import type { OrgId, PartyId } from "#libs/terms";
import { WeftError } from "#libs/terms";
import type { Role } from "./api.js";

declare const signedIn: unique symbol;
/**
 * Somebody whom their own organisation's identity provider has vouched for, in a session that lives. `lookUp` demands one; only the console's
 * gate makes one.
 */
export interface Reviewer {
  readonly organisation: OrgId;
  /** A pseudonym, as all officers are. */
  readonly officer: PartyId;
  readonly roles: readonly Role[];
  readonly [signedIn]: true;
}

export type Scope = "all" | "own";

/** Undefined: no role in which one may look at anything. The log applies the registry's word beside this one. */
export function scopeOf({ roles }: Pick<Reviewer, "roles">, isSupervisory: boolean): Scope | undefined {
  if (isSupervisory && roles.includes("authority")) return "all";
  return roles.includes("dpo") ? "own" : undefined;
}

export function assertRole(reviewer: Pick<Reviewer, "roles">, ...wanted: readonly Role[]): void {
  if (!wanted.some((role) => reviewer.roles.includes(role))) throw new WeftError("ROLE_REQUIRED");
}
