import type { Permission } from "#libs/policy";
import type { Coordinate } from "#libs/terms";
import type { AccessDecided, Denial } from "./decide.js";
import type { Answer } from "./http.js";

/** What would be permitted and why, per coordinate. Nothing is fetched, so nothing is recorded. */
export function explain({ decision, denied, caller }: AccessDecided): Answer {
  const verdicts = new Map<Coordinate, Permission | Denial>([...decision.verdicts, ...denied]);
  const explained = [...verdicts].map(([coordinate, verdict]) => ({ coordinate, ...sentenceOf(verdict) }));
  return {
    status: 200,
    headers: {},
    body: {
      data: null,
      extensions: { weft: { purpose: caller.purpose, case: caller.caseId ?? null, explain: explained } },
    },
  };
}

function sentenceOf(verdict: Permission | Denial): object {
  if (verdict.effect === "deny") return { effect: "deny", code: verdict.code, remedy: verdict.remedy };
  const { effect, grant } = verdict;
  if (!grant) return { effect };
  return {
    effect,
    agreement: `${grant.agreement}@${grant.version}`,
    provider: grant.provider,
    basis: grant.basis,
    provision: grant.provision,
  };
}
