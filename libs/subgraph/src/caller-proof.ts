import type { CallerPart } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import { type AccessTokenClaims, type PassedOnTokens, verifyPassedOn } from "#libs/token";
import type { MatchedFetch } from "./match-fetch.js";

declare const shown: unique symbol;
/** The caller's own token, where the record holds one, says what the record says of the caller. Only `verifyCallerProof` makes one. */
export interface ShownFetch extends MatchedFetch {
  /** What the consumer's own organisation signed; undefined where the record holds no token: then the gateway's word is all there is. */
  readonly token: AccessTokenClaims | undefined;
  readonly [shown]: true;
}

/**
 * The record's caller is the gateway's word. A token is the word of the caller's own organisation, whose key is in this ministry's own copy
 * of the registry. Throws RECORD_REJECTED.
 */
export async function verifyCallerProof(
  fetch: MatchedFetch,
  { callers }: { readonly callers?: PassedOnTokens | undefined },
  now: Date,
): Promise<ShownFetch> {
  const { caller, section } = fetch.record;
  const { callerProof, agreement } = section;
  if (callerProof === null) return { ...fetch, token: undefined } as unknown as ShownFetch;
  const { emergency } = callerProof;
  const token = await verified(callerProof.token, callers, now);
  const [access] = token.authorization_details;
  if (!isCaller(token, caller)) throw rejected("the token names another caller, purpose or case");
  if (access.agreements?.includes(agreement) === false) throw rejected("the token leaves the agreement out");
  const { reason, acr, authTime } = emergency ?? {};
  if (emergency && (reason !== access.reason || acr !== token.acr || authTime !== token.auth_time))
    throw rejected("the token says otherwise of the emergency");
  return { ...fetch, token } as unknown as ShownFetch;
}

async function verified(text: string, callers: PassedOnTokens | undefined, now: Date): Promise<AccessTokenClaims> {
  if (callers === undefined) throw rejected("no caller's token is believed here");
  try {
    return await verifyPassedOn(text, callers, now);
  } catch (error) {
    if (error instanceof WeftError) throw rejected(`the caller's token: ${error.code} ${error.detail ?? ""}`);
    throw error;
  }
}

function isCaller({ org, client_id, sub, authorization_details: [access] }: AccessTokenClaims, caller: CallerPart) {
  return (
    org === caller.consumer &&
    client_id === caller.client &&
    sub === caller.officer &&
    access.purpose === caller.purpose &&
    access.case === caller.case
  );
}

function rejected(detail: string): WeftError {
  return new WeftError("RECORD_REJECTED", { detail });
}
