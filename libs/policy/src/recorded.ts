import type { Coordinate, OrgId } from "#libs/terms";
import type { Decision, DenyReason, Grant } from "./decision.js";

/** What an access record says of a decision: what was refused and why, and per dataProvider under which agreement the rest is. */
export interface RecordedDecision {
  readonly denied: readonly { readonly coordinate: Coordinate; readonly code: DenyReason }[];
  readonly sections: readonly {
    readonly aud: OrgId;
    readonly grant: Grant;
    readonly coordinates: readonly Coordinate[];
  }[];
}

/** Sorted, so that one decision has one text. Structure and references have no section: nothing is read through them. */
export function recordedAs(decision: Decision): RecordedDecision {
  const denied: RecordedDecision["denied"][number][] = [];
  const permitted = new Map<Grant, Coordinate[]>();
  for (const coordinate of [...decision.verdicts.keys()].sort()) {
    const verdict = decision.verdicts.get(coordinate)!;
    if (verdict.effect === "deny") denied.push({ coordinate, code: verdict.code });
    else if (verdict.grant !== null) {
      const others = permitted.get(verdict.grant);
      if (others === undefined) permitted.set(verdict.grant, [coordinate]);
      else others.push(coordinate);
    }
  }
  const sections = [...permitted].map(([grant, coordinates]) => ({ aud: grant.provider, grant, coordinates }));
  return { denied, sections: sections.sort((a, b) => (a.aud < b.aud ? -1 : 1)) };
}
