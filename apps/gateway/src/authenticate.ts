import { WeftError } from "#libs/terms";
import { type Caller, verifyAccessToken } from "#libs/token";
import { holdsPersonsNumber, isPersonsNumber } from "./case-name.js";
import { clientName } from "./client-name.js";
import type { Gateway } from "./gateway.js";
import type { HttpQuestion } from "./http.js";
import type { Progress } from "./progress.js";

export interface Authenticated {
  readonly question: HttpQuestion;
  readonly progress: Progress;
  readonly caller: Caller;
}

/** Who asks and for which purpose, from the access token and the proof that the caller holds its key. */
export async function authenticate(
  question: HttpQuestion,
  progress: Progress,
  gateway: Gateway,
): Promise<Authenticated> {
  const caller = await verifyAccessToken(question, progress.world.tokens, progress.now);
  if (caller.caseId !== undefined && isPersonsNumber(caller.caseId, progress.world.schemes.values())) {
    throw new WeftError("TOKEN_REJECTED", { detail: "the case is named by a person's number" });
  }
  if (caller.reason !== undefined && holdsPersonsNumber(caller.reason, progress.world.schemes.values())) {
    throw new WeftError("TOKEN_REJECTED", { message: "The reason may not hold a person's number." });
  }
  progress.caller = caller;
  if (!gateway.rate.admit(clientName(caller), progress.now)) throw new WeftError("RATE_EXCEEDED", { retryAfter: 1 });
  return { question, progress, caller };
}
