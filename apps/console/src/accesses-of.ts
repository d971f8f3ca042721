import type { Look } from "#libs/access-log";
import { type FoundAccess, foundIn, lookUp, type Occasion, type Reviewer } from "#libs/review";
import { type SubjectRef, WeftError } from "#libs/terms";
import type { ConsoleApp } from "./console.js";

/** As many as one look gives; a person with more asks for a shorter time. */
const MOST = 500;
/** Proofs asked for together. */
const AT_ONCE = 16;

export interface AccessesAsked {
  readonly use: "letter" | "part";
  readonly request: string;
  readonly subjects: readonly SubjectRef[];
  readonly period: { readonly from: string; readonly until: string };
}

/** One person's accesses in the reviewer's own scope, each with its proof; one look, which is one record. */
export async function accessesOf(
  reviewer: Reviewer,
  occasion: Occasion,
  { use, request, subjects, period }: AccessesAsked,
  app: ConsoleApp,
): Promise<{ readonly record: number; readonly found: readonly FoundAccess[] }> {
  app.onLook(use);
  const query = { subjects, kinds: ["intent" as const, "rows" as const], ...momentsOf(period) };
  const look: Look = { kind: "accesses", use, request: request as never, query, limit: MOST };
  const { record, answer } = await lookUp(reviewer, occasion, look, app.reviewing);
  const { page, records = [], status } = answer;
  if (!page) throw new WeftError("RECORD_UNAVAILABLE");
  // An answer that leaves something out must not look like one that does not.
  if (page.next !== undefined)
    throw new WeftError("REQUEST_TOO_LARGE", {
      message: "There are too many accesses for one letter: shorten the time.",
    });
  if (status.seconds > SETTLED && period.until >= app.now().toISOString().slice(0, 10))
    throw new WeftError("RECORD_UNAVAILABLE", { message: "The search has not followed the log yet; try again." });
  const bare = page.hits.flatMap((hit, at) => foundIn(hit, records[at]!, subjects) ?? []);
  return { record, found: await proven(bare, app) };
}

/** Seconds that the search may be behind, for a letter that reaches into today. */
const SETTLED = 10;

export async function proven(
  bare: readonly Omit<FoundAccess, "proof">[],
  { log }: Pick<ConsoleApp, "log">,
): Promise<FoundAccess[]> {
  const found: FoundAccess[] = [];
  for (let at = 0; at < bare.length; at += AT_ONCE) {
    const some = bare.slice(at, at + AT_ONCE);
    const proofs = await Promise.all(some.map(({ index, jwt }) => log.proof(index, jwt)));
    found.push(...some.map((access, i) => ({ ...access, proof: proofs[i]!.text })));
  }
  return found;
}

/** Whole days in UTC, the last one included. */
const momentsOf = ({ from, until }: AccessesAsked["period"]) => ({
  from: `${from}T00:00:00Z`,
  until: dayAfter(until),
});

export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().replace(".000Z", "Z");
}
