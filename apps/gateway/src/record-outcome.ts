import { issueRecord, type RecordDraft } from "#libs/access-log";
import type { SubjectRef } from "#libs/terms";
import type { AccessExecuted } from "./execute.js";
import type { Gateway } from "./gateway.js";

/** Says in the log what became of the access. Follows the answer: the log itself writes `interrupted` where none comes. */
export function recordOutcome(executed: AccessExecuted, gateway: Gateway): void {
  const draft: RecordDraft = {
    kind: "outcome",
    iss: gateway.id,
    log: gateway.logOrigin,
    parent: executed.record.jti,
    sections: [],
    outcome: {
      status: isPartial(executed) ? "partial" : "answered",
      sources: [...executed.sources.values()].map(({ provider, facts, persons }) => ({
        provider,
        persons,
        withheld: facts.reduce((sum, { withheld }) => sum + withheld, 0),
        aliases: facts.flatMap(({ aliases }) => [...aliases] as SubjectRef[]),
      })),
    },
  };
  const record = issueRecord(draft, gateway.signer, gateway.now());
  gateway.log.appendSoon(record).catch(() => gateway.warn("an outcome could not be recorded", {}));
}

function isPartial({ executed, sources, denied }: AccessExecuted): boolean {
  return (
    denied.size > 0 || executed.errors.length > 0 || [...sources.values()].some(({ failure }) => failure !== undefined)
  );
}
