import { type OrgId, WeftError } from "#libs/terms";
import { type VerificationKey, importKey } from "./compact.js";

/** An organisation's token issuer as `registry.yaml` pins it. */
export interface Issuer {
  readonly iss: string;
  readonly org: OrgId;
  readonly keys: readonly {
    readonly kid: string;
    readonly jwk: Readonly<Record<string, unknown>>;
    /** RFC 3339, both inclusive. */
    readonly from: string;
    readonly until: string;
  }[];
}

export interface IssuerKey extends VerificationKey {
  readonly from: number;
  readonly until: number;
}

export interface PinnedIssuer {
  readonly iss: string;
  readonly org: OrgId;
  readonly keys: ReadonlyMap<string, IssuerKey>;
}

/** iss -> its organisation and its keys. The key set is chosen by issuer first, so no issuer can sign for another. */
export function pinIssuers(issuers: readonly Issuer[]): ReadonlyMap<string, PinnedIssuer> {
  const pinned = new Map<string, PinnedIssuer>();
  for (const { iss, org, keys } of issuers) {
    if (pinned.has(iss)) throw invalid("two organisations share one issuer");
    pinned.set(iss, { iss, org, keys: pinKeys(keys) });
  }
  return pinned;
}

export function pinKeys(keys: Issuer["keys"]): ReadonlyMap<string, IssuerKey> {
  const byKid = new Map(keys.map((key) => [key.kid, pinKey(key)]));
  if (byKid.size !== keys.length) throw invalid("an issuer has two keys of one kid");
  return byKid;
}

function pinKey({ jwk, from, until }: Issuer["keys"][number]): IssuerKey {
  const key = importKey(jwk);
  if (key === undefined) throw invalid("an issuer key is not a public Ed25519 or P-256 key");
  const validity = { from: Date.parse(from), until: Date.parse(until) };
  if (!(validity.from <= validity.until)) throw invalid("an issuer key has no time of validity");
  return { ...key, ...validity };
}

export function isValidAt(key: IssuerKey, now: number): boolean {
  return key.from <= now && now <= key.until;
}

function invalid(detail: string): WeftError {
  return new WeftError("CONFIG_INVALID", { detail });
}
