import { authenticate } from "./authenticate.js";
import { decide } from "./decide.js";
import { describeAccess } from "./describe-access.js";
import { execute } from "./execute.js";
import { explain } from "./explain.js";
import type { Gateway } from "./gateway.js";
import type { Answer, HttpQuestion } from "./http.js";
import { recordAccess } from "./record-access.js";
import { recordOutcome } from "./record-outcome.js";
import { refuse } from "./refuse.js";
import { resolve } from "./resolve-operation.js";
import { respond } from "./respond.js";
import type { Progress } from "./progress.js";

/**
 * The path of one request, from bytes to answer. Each step takes the value of the step before it, so that the wrong order does not
 * compile: `execute` demands an access that the log holds.
 *
 *     authenticate    access token -> who asks, for which purpose                        401
 *     resolve         body -> limited, parsed, validated operation, literals lifted out  400
 *     describeAccess  operation -> persons or list scope x every touched coordinate      400
 *     decide          access x agreements x now -> a verdict and a plan                  403 in mode reject
 *     recordAccess    verdict -> access record in the log -> inclusion proof             503, nothing read
 *     execute         only permitted coordinates are fetched                             partial answer
 *     respond         data at the asked shape, reasons, sources, duties, record index
 */
export async function answer(question: HttpQuestion, gateway: Gateway): Promise<Answer> {
  const progress: Progress = { world: gateway.world(), now: gateway.now() };
  try {
    const authenticated = await authenticate(question, progress, gateway);
    const resolved = resolve(authenticated, gateway);
    if (resolved.introspection) return resolved.introspection;
    const described = describeAccess(resolved);
    const decided = decide(described);
    if (question.mode === "explain") return explain(decided);
    const recorded = await recordAccess(decided, gateway);
    const executed = await execute(recorded, gateway);
    recordOutcome(executed, gateway);
    return respond(executed);
  } catch (error) {
    return refuse(error, progress, gateway);
  }
}
