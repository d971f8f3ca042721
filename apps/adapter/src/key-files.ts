import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type PinnedLogs, pinLogs, type PinnedWitnesses, pinWitnesses } from "#libs/access-log";
import type { Secret } from "#libs/server";
import type { Pins } from "#libs/subgraph";
import { fromB64u, type OrgId, parsePartyId, type SealKey, type Signer, WeftError } from "#libs/terms";

const ed25519 = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() });
const publicKey = z.union([
  z.strictObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() }),
  z.strictObject({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() }),
]);
const PinsFile = z.strictObject({
  gateways: z.array(z.strictObject({ id: z.string(), kid: z.string(), jwk: ed25519 })).min(1),
  /** One log, by one or more keys; one that is given an end is not believed after it. */
  logs: z.array(z.union([z.string(), z.strictObject({ vkey: z.string(), until: z.iso.datetime() })])).min(1),
  /** Who must have cosigned the log's checkpoints. Unless it is here, whom registry.yaml names. */
  witnesses: z.strictObject({ quorum: z.int().min(0), vkeys: z.array(z.string()) }).optional(),
  /** By organisation: its own agreement keys. */
  ministries: z.record(z.string(), z.array(publicKey)),
});
const SealKeysFile = z.record(z.string(), z.record(z.string(), z.string()));
const SigningKeysFile = z.record(z.string(), ed25519.extend({ d: z.string(), kid: z.string() }));

const HouseholdKeysFile = z.record(
  z.string(),
  z.strictObject({ kty: z.literal("OKP"), crv: z.literal("X25519"), x: z.string(), d: z.string() }),
);

export interface ReadPins extends Pins {
  readonly witnesses: PinnedWitnesses | undefined;
  /** A ministry's own agreement keys. */
  readonly ownKeys: (provider: OrgId) => readonly object[];
}

export function readPins(file: string): ReadPins {
  const { gateways, logs, ministries, witnesses } = parse(PinsFile, readFileSync(file, "utf8"), "WEFT_PINS_FILE");
  const byKid = new Map<string, { iss: string; key: KeyObject }>();
  for (const { id, kid, jwk } of gateways) {
    if (byKid.has(kid)) throw unusable("WEFT_PINS_FILE", "names a key twice");
    byKid.set(kid, { iss: parsePartyId(id), key: createPublicKey({ key: jwk, format: "jwk" }) });
  }
  const pinned = pinnedInTime(logs);
  if (pinned.verifiers.length === 0) throw unusable("WEFT_PINS_FILE", "names no log whose key is in its time");
  if (new Set(pinned.verifiers.map(({ name }) => name)).size > 1)
    throw unusable(
      "WEFT_PINS_FILE",
      "names two logs, and an adapter can hold only one to what it showed; several keys of one log are right",
    );
  return {
    gateways: (kid) => byKid.get(kid),
    logs: pinned,
    witnesses: witnesses && pinWitnesses(witnesses),
    ownKeys: (provider) => ministries[provider] ?? [],
  };
}

type LogPin = z.output<typeof PinsFile>["logs"][number];

/** Any key of the log that is pinned, while its time lasts. */
function pinnedInTime(pins: readonly LogPin[], now = () => Date.now()): PinnedLogs {
  const keys = pins.map((pin) => (typeof pin === "string" ? { vkey: pin, until: undefined } : pin));
  const { opened, verifiers } = pinLogs(keys.map(({ vkey }) => vkey));
  return {
    // What a key signed in its time stays true.
    opened,
    get verifiers() {
      return verifiers.filter((_, at) => now() <= Date.parse(keys[at]!.until ?? "9999-12-31T23:59:59Z"));
    },
  };
}

/** One provider's seal keys; each only its own, derived by whoever holds the master. */
export function readSealKeys(file: Secret, provider: OrgId): readonly SealKey[] {
  const keys = parse(SealKeysFile, file.reveal(), "WEFT_SEAL_KEYS_FILE")[provider];
  if (!keys) throw unusable("WEFT_SEAL_KEYS_FILE", `has no key for ${provider}`);
  return Object.entries(keys).map(([kid, text]) => {
    const bytes = fromB64u(text);
    if (bytes?.length !== 64) throw unusable("WEFT_SEAL_KEYS_FILE", `${kid} is not 64 bytes`);
    return { kid, party: provider, bytes };
  });
}

/** Undefined where the file has no key for the house. */
export function findSigner(file: Secret, house: OrgId): Signer | undefined {
  const known = Object.hasOwn(parse(SigningKeysFile, file.reveal(), "WEFT_SIGNING_KEYS_FILE"), house);
  return known ? readSigner(file, house) : undefined;
}

/** With what a house opens pairs that were sealed for it. */
export function readHouseholdKey(file: Secret | undefined, house: OrgId): KeyObject {
  if (!file) throw unusable("WEFT_HOUSEHOLD_KEYS_FILE", "is missing");
  const jwk = parse(HouseholdKeysFile, file.reveal(), "WEFT_HOUSEHOLD_KEYS_FILE")[house];
  if (!jwk) throw unusable("WEFT_HOUSEHOLD_KEYS_FILE", `has no key for ${house}`);
  return createPrivateKey({ key: jwk, format: "jwk" });
}

export function readSigner(file: Secret, provider: OrgId): Signer {
  const jwk = parse(SigningKeysFile, file.reveal(), "WEFT_SIGNING_KEYS_FILE")[provider];
  if (!jwk) throw unusable("WEFT_SIGNING_KEYS_FILE", `has no key for ${provider}`);
  const { kid, ...key } = jwk;
  return { kid, key: createPrivateKey({ key, format: "jwk" }) };
}

function parse<S extends z.ZodType>(schema: S, text: string, name: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw unusable(name, "does not hold what it should");
  }
}

function unusable(name: string, what: string): WeftError {
  return new WeftError("CONFIG_INVALID", { message: `${name} ${what}.`, detail: `${name} ${what}` });
}
