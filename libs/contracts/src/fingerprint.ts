import { jcs, sha256 } from "#libs/terms";

/** What names a public key by its content alone: RFC 7638, SHA-256. */
export function thumbprintOf(jwk: object): string {
  return thumbprint(jwk).toString("base64url");
}

const GROUPS = 8;

/**
 * To be read out by telephone, in any language: the first 128 bits of the RFC 7638 thumbprint as eight groups of five digits, each two
 * bytes as a number from 00000 to 65535. Whoever would pass off another key for it must find one among 2^128.
 */
export function fingerprintOf(jwk: object): string {
  const bytes = thumbprint(jwk);
  return Array.from({ length: GROUPS }, (_, at) => String(bytes.readUInt16BE(at * 2)).padStart(5, "0")).join(" ");
}

/** Whether what was heard is the key's: the groups, however they are set apart, or the whole thumbprint. */
export function isFingerprintOf(heard: string, jwk: object): boolean {
  const digits = heard.replaceAll(/[\s.,-]/g, "");
  return digits === fingerprintOf(jwk).replaceAll(" ", "") || heard.trim() === thumbprintOf(jwk);
}

/** The members that RFC 7638 §3.2 and RFC 8037 §2 name, in the order of RFC 8785, which is theirs. */
function thumbprint(jwk: object): Buffer {
  const members = ["crv", "kty", "x", "y"].flatMap((name) => {
    const value = (jwk as Readonly<Record<string, unknown>>)[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  return Buffer.from(sha256(jcs(Object.fromEntries(members))));
}
