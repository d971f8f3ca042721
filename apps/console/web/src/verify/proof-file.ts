import { NotVerified } from "./not-verified.js";
import type { IssuerKey } from "./record.js";
import type { Pins, ProvenAccess } from "./verify.js";

/**
 * The two files that a reader brings. The proof: `{"jwt", "disclosures": [text] | null, "proof"}`. The keys: `{"logs": [vkey], "witnesses": [vkey],
 * "issuers": [{"iss", "kid", "x"}]}`. Further members are allowed and not believed.
 */
export function readProven(text: string): ProvenAccess {
  const { jwt, disclosures = null, proof } = objectOf(text);
  if (typeof jwt !== "string" || typeof proof !== "string") throw new NotVerified("bundle-form");
  if (disclosures !== null && !isStrings(disclosures)) throw new NotVerified("bundle-form");
  return { jwt, disclosures, proof };
}

export function readPins(text: string): Pins {
  const { logs, witnesses = [], issuers } = objectOf(text);
  if (!isStrings(logs) || !isStrings(witnesses) || !Array.isArray(issuers)) throw new NotVerified("key-form");
  return { logs, witnesses, issuers: issuers.map(issuerOf) };
}

function issuerOf(value: unknown): IssuerKey {
  const { iss, kid, x } = (value ?? {}) as Record<string, unknown>;
  if (typeof iss !== "string" || typeof kid !== "string" || typeof x !== "string") throw new NotVerified("key-form");
  return { iss, kid, x };
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Below.
  }
  throw new NotVerified("bundle-form");
}
