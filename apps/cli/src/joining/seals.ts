import { createPublicKey, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CompactEncrypt, compactDecrypt, errors } from "jose";
import { isFingerprintOf } from "#libs/contracts";
import { deriveSealKey, fromB64u, type OrgId, parseOrgId } from "#libs/terms";
import { z } from "zod";
import { readPrivateFile, readPrivateKey, UsageError } from "../places.js";

export interface SealOptions {
  readonly for: string;
  readonly master: string;
  /** The ministry's public key for this, and what was read out of it. */
  readonly to: string;
  readonly fingerprint: string;
  readonly out: string;
}

const byKid = z.record(z.string(), z.string());
const sealKeysFile = z.record(z.string(), byKid);
const pairKey = z.object({ kty: z.literal("OKP"), crv: z.literal("X25519"), x: z.string(), kid: z.string() });
const ALGORITHM = { alg: "ECDH-ES", enc: "A256GCM" } as const;

/**
 * `weft keys seal`: a ministry's seal keys, by whoever holds the master: the country's gateways. A ministry cannot make them alone, since
 * gateways must seal persons for it; and who has the master could follow each person anywhere, so it never leaves. What goes to the
 * ministry is encrypted (JWE, ECDH-ES on X25519) for the key whose fingerprint was read out.
 */
export async function sealKeys(options: SealOptions): Promise<number> {
  const party = parseOrgId(options.for);
  const { kid, ...jwk } = publicKey(options.to);
  if (!isFingerprintOf(options.fingerprint, jwk))
    throw new UsageError(`Not made: what was read out is not the fingerprint of ${kid} in ${options.to}.`);
  if (existsSync(options.out)) throw new UsageError(`${options.out} is there already.`);
  const derived = derivedFor(party, options.master);
  const text = new TextEncoder().encode(JSON.stringify({ [party]: derived }));
  const sealed = await new CompactEncrypt(text)
    .setProtectedHeader({ ...ALGORITHM, kid })
    .encrypt(createPublicKey({ key: jwk, format: "jwk" }));
  writeFileSync(options.out, `${sealed}\n`, { flag: "wx" });
  console.log(
    `${options.out}: the seal keys of ${party} (${Object.keys(derived).join(", ")}), which only ${kid} opens. Send it.`,
  );
  return 0;
}

/** `weft keys open`: what was sealed for the ministry, as its adapter reads it. Nobody else's keys are taken from it. */
export async function openSeals(
  file: string,
  options: { readonly as: string; readonly key: string; readonly out: string },
): Promise<number> {
  const party = parseOrgId(options.as);
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  if (existsSync(options.out)) throw new UsageError(`${options.out} is there already.`);
  const opened = await decrypted(readFileSync(file, "utf8").trim(), readPrivateKey(options.key));
  const read = sealKeysFile.safeParse(parseJson(opened ?? ""));
  const keys = read.success ? read.data[party] : undefined;
  if (keys === undefined || Object.keys(read.data ?? {}).length !== 1)
    throw new UsageError(`${file} does not hold the seal keys of ${party} for this key.`);
  if (Object.values(keys).some((text) => fromB64u(text)?.length !== 64))
    throw new UsageError(`A seal key in ${file} is not 64 bytes.`);
  mkdirSync(path.dirname(options.out), { recursive: true, mode: 0o700 });
  writeFileSync(options.out, `${JSON.stringify({ [party]: keys }, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  console.log(
    `${options.out}: the seal keys of ${party} (${Object.keys(keys).join(", ")}). They are secret. WEFT_SEAL_KEYS_FILE.`,
  );
  return 0;
}

function publicKey(file: string): z.infer<typeof pairKey> {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  const read = pairKey.safeParse(parseJson(readFileSync(file, "utf8")));
  if (!read.success) throw new UsageError(`${file} is no public key of weft keys new --use seal.`);
  return read.data;
}

function derivedFor(party: OrgId, file: string): Record<string, string> {
  const known = byKid.safeParse(parseJson(readPrivateFile(file)));
  if (!known.success) throw new UsageError(`${file} is not a file of seal masters.`);
  const derived = Object.entries(known.data).map(([kid, text]) => {
    const master = fromB64u(text);
    if (master?.length !== 32) throw new UsageError(`The master ${kid} is not 32 bytes.`);
    return [kid, Buffer.from(deriveSealKey(kid, master, party).bytes).toString("base64url")];
  });
  return Object.fromEntries(derived) as Record<string, string>;
}

async function decrypted(text: string, key: KeyObject): Promise<string | undefined> {
  const algorithms = { keyManagementAlgorithms: [ALGORITHM.alg], contentEncryptionAlgorithms: [ALGORITHM.enc] };
  try {
    const { plaintext } = await compactDecrypt(text, key, algorithms);
    return new TextDecoder().decode(plaintext);
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
