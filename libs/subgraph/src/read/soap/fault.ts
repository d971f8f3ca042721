import { type Code, WeftError } from "#libs/terms";
import { localName } from "./harmless.js";

/**
 * What a fault is about, by its code alone: the words of a fault are the service's own and often hold the number that was asked.
 * SOAP 1.1 §4.4.1 (Client, Server), SOAP 1.2 part 1 §5.4.6 (Sender, Receiver), WS-Security 1.1 §12.
 */
const meanings: Readonly<Record<string, Code>> = {
  Server: "SOURCE_UNAVAILABLE",
  Receiver: "SOURCE_UNAVAILABLE",
  Client: "SOURCE_REFUSED",
  Sender: "SOURCE_REFUSED",
  MustUnderstand: "SOURCE_REFUSED",
  VersionMismatch: "SOURCE_INVALID",
  DataEncodingUnknown: "SOURCE_INVALID",
  InvalidSecurity: "SOURCE_REFUSED",
  InvalidSecurityToken: "SOURCE_REFUSED",
  FailedAuthentication: "SOURCE_REFUSED",
  FailedCheck: "SOURCE_REFUSED",
  UnsupportedSecurityToken: "SOURCE_REFUSED",
  SecurityTokenUnavailable: "SOURCE_REFUSED",
  MessageExpired: "SOURCE_REFUSED",
};

export interface Fault {
  /** Local names, the particular one first: `Client.NotFound`, `Client`; a subcode, its code. */
  readonly codes: readonly string[];
  /** Local names of the elements of `detail`. */
  readonly details: readonly string[];
}

export function faultError({ codes }: Fault): WeftError {
  const known = codes.find((code) => Object.hasOwn(meanings, code));
  const code = known === undefined ? "SOURCE_REFUSED" : (meanings[known] ?? "SOURCE_REFUSED");
  const detail = known === undefined ? "a fault with a code of the service's own" : `fault ${known}`;
  return new WeftError(code, { detail, ...(code === "SOURCE_UNAVAILABLE" ? { retryAfter: 5 } : {}) });
}

/** Of what the library throws; undefined where it is something else. */
export function findFault(error: unknown): Fault | undefined {
  const fault = member(member(member(member(error, "root"), "Envelope"), "Body"), "Fault");
  if (typeof fault !== "object" || fault === null) return undefined;
  const older = text(member(fault, "faultcode"));
  const code = member(fault, "Code");
  const sub = member(code, "Subcode");
  const names = [older, text(member(sub, "Value")), text(member(code, "Value"))].filter((one) => one !== undefined);
  const detail = member(fault, "detail") ?? member(fault, "Detail");
  return {
    codes: names.map(localName).flatMap((name) => (name.includes(".") ? [name, name.replace(/\..*/s, "")] : [name])),
    details: typeof detail === "object" && detail !== null ? Object.keys(detail) : [],
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | undefined {
  const found = member(value, "$value") ?? value;
  return typeof found === "string" ? found : undefined;
}
