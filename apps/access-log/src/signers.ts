import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { RecordSigners } from "#libs/access-log";

/** What the log reads of `registry.yaml`: the keys of those who write records, and when they hold. */
export interface RegistryKeys {
  readonly gateways: readonly { readonly id: string; readonly keys: readonly RegistryKey[] }[];
  readonly organisations: Readonly<
    Record<
      string,
      { readonly keys: readonly (RegistryKey & { readonly use: string; readonly id?: string | undefined })[] }
    >
  >;
}

interface RegistryKey {
  readonly kid: string;
  readonly jwk: object;
  readonly from: string;
  readonly until: string;
}

interface Writer {
  readonly iss: string;
  readonly key: KeyObject;
  readonly from: number;
  readonly until: number;
}

/** Keys of gateways and adapters, each while it holds. A kid that names two keys names none. */
export function signersOf(registry: RegistryKeys, now: () => Date): RecordSigners {
  const gateways = registry.gateways.flatMap(({ id, keys }) => keys.map((key) => writerOf(id, key)));
  const adapters = Object.values(registry.organisations).flatMap(({ keys }) =>
    keys.flatMap((key) => (key.use === "adapter" && key.id !== undefined ? [writerOf(key.id, key)] : [])),
  );
  const byKid = Map.groupBy([...gateways, ...adapters], ({ kid }) => kid);
  return (kid) => {
    const [writer, ...others] = byKid.get(kid) ?? [];
    const moment = now().getTime();
    const holds = writer && others.length === 0 && writer.from <= moment && moment <= writer.until;
    return holds ? writer : undefined;
  };
}

function writerOf(iss: string, { kid, jwk, from, until }: RegistryKey): Writer & { readonly kid: string } {
  const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
  return { kid, iss, key, from: Date.parse(from), until: Date.parse(until) };
}
