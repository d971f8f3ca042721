import { createHmac, timingSafeEqual } from "node:crypto";
import { type B64u, fromB64u, jcs, toB64u, WeftError } from "#libs/terms";

export type Variables = Readonly<Record<string, unknown>>;

/** `representations` names persons, who are recorded as subjects; every other variable is an argument. */
export function withoutRepresentations(variables: Variables): Variables {
  const { representations: _, ...rest } = variables;
  return rest;
}

/**
 * What a record says of a fetch's arguments: HMAC-SHA-256(argsKey, JCS(variables without `representations`)). The key is 16 random
 * bytes of this request alone and never stored, so that nobody can try out values against the record.
 */
export function argumentsDigest(argsKey: Uint8Array, variables: Variables): B64u {
  return toB64u(
    createHmac("sha256", argsKey)
      .update(jcs(withoutRepresentations(variables)))
      .digest(),
  );
}

/** Throws NOT_RECORDED. */
export function assertRecordedArguments(recorded: B64u, argsKey: Uint8Array, variables: Variables): void {
  const want = fromB64u(recorded);
  const have = fromB64u(argumentsDigest(argsKey, variables));
  if (want?.length !== 32 || have === undefined || !timingSafeEqual(want, have)) {
    throw new WeftError("NOT_RECORDED", { detail: "the arguments are not the recorded ones" });
  }
}
