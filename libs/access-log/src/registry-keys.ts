import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { RecordSigners } from "./presentation.js";

/** What the log reads of `registry.yaml`: the keys of those who write records, when they hold, and who may review what. */
export interface RegistryKeys {
  readonly gateways: readonly Server[];
  /** Consoles, each with those for whom it may review; for all unless told. */
  readonly reviews?: readonly (Server & { readonly organisations?: readonly string[] | undefined })[] | undefined;
  readonly organisations: Readonly<
    Record<
      string,
      {
        readonly supervisory?: true | undefined;
        readonly portal?: true | undefined;
        readonly keys: readonly (RegistryKey & { readonly use: string; readonly id?: string | undefined })[];
      }
    >
  >;
}

interface Server {
  readonly id: string;
  readonly keys: readonly RegistryKey[];
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

/** Keys of gateways, consoles and adapters, each while it holds. A kid that names two keys names none. */
export function signersOf(registry: RegistryKeys, now: () => Date): RecordSigners {
  const servers = [...registry.gateways, ...(registry.reviews ?? [])].flatMap(({ id, keys }) =>
    keys.map((key) => writerOf(id, key)),
  );
  const adapters = Object.values(registry.organisations).flatMap(({ keys }) =>
    keys.flatMap((key) => (key.use === "adapter" && key.id !== undefined ? [writerOf(key.id, key)] : [])),
  );
  const byKid = Map.groupBy([...servers, ...adapters], ({ kid }) => kid);
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
