import { createPublicKey, type KeyObject } from "node:crypto";
import type { RegisterKeys } from "#libs/consent";
import type { Contracts } from "#libs/contracts";

/**
 * The consent register's keys, as the registry in force lists them. A receipt outlives the period in which its key signs, so only a
 * key's removal ends what it signed.
 */
export function registerKeys(contracts: () => Contracts): RegisterKeys {
  let known: { readonly of: Contracts; readonly keys: Map<string, { iss: string; key: KeyObject }> } | undefined;
  return (kid) => {
    const current = contracts();
    if (known?.of !== current) known = { of: current, keys: keysOf(current) };
    return known.keys.get(kid);
  };
}

function keysOf({ registry }: Contracts): Map<string, { iss: string; key: KeyObject }> {
  const keys = new Map<string, { iss: string; key: KeyObject }>();
  for (const [iss, organisation] of Object.entries(registry.organisations)) {
    for (const { kid, use, jwk } of organisation.keys) {
      if (use === "consent") keys.set(kid, { iss, key: createPublicKey({ key: jwk, format: "jwk" }) });
    }
  }
  return keys;
}
