import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseOrgId } from "#libs/terms";
import { fingerprintOf, type OrganisationKey, organisationKeySchema, thumbprintOf } from "#libs/contracts";
import { UsageError } from "../places.js";

/**
 * What a key is for. `authority`, which everybody pins, and `seal`, which whoever runs the gateways needs once, do not stand in the registry.
 */
export const keyUses = ["agreement", "adapter", "seal", "issuer", "authority"] as const;
export type KeyUse = (typeof keyUses)[number];

export interface KeyOptions {
  readonly as: string;
  readonly use: KeyUse;
  readonly out: string;
  readonly kid?: string;
  readonly from?: string;
  readonly until?: string;
}

interface PrivateJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519" | "X25519";
  readonly x: string;
  readonly d: string;
  readonly kid: string;
}

/**
 * `weft keys new`: a key pair of one's own, made here and never anywhere else. The private half in the form in which whoever uses it reads
 * it, its owner's alone; the public half beside it, for the registry.
 */
export async function newKey(options: KeyOptions, now = new Date()): Promise<number> {
  const { as: org, use, out } = options;
  parseOrgId(org);
  const name = org.slice("org:".length);
  const kid = options.kid ?? `${name}-${use}-1`;
  const { kty, crv, x, d } = generated(use).export({ format: "jwk" }) as Omit<PrivateJwk, "kid">;
  const half = { kty, crv, x } as const;
  const isListed = use !== "authority" && use !== "seal";
  const files = filesOf(out, kid, use);
  for (const file of [files.secret, files.open])
    if (existsSync(file)) throw new UsageError(`${file} is there already. Name the new key by --kid.`);
  mkdirSync(out, { recursive: true, mode: 0o700 });
  const period = periodOf(options, now);
  const entry = isListed ? entryOf(use, kid, name, half, period) : undefined;
  create(files.secret, inFormOf(use, org, { ...half, d, kid }), 0o600);
  create(files.open, isListed ? { organisation: org, ...entry } : { ...half, kid }, 0o644);
  console.log(sayKey(kid, use, files, half));
  if (entry !== undefined) console.log(`\nThe registry's line:\n${lineOf(entry)}`);
  return 0;
}

/** Signs, or, of `seal`, opens what was encrypted for it. */
function generated(use: KeyUse): KeyObject {
  return (use === "seal" ? generateKeyPairSync("x25519") : generateKeyPairSync("ed25519")).privateKey;
}

function filesOf(out: string, kid: string, use: KeyUse) {
  const secret = path.join(out, use === "adapter" || use === "issuer" ? `${kid}.json` : `${kid}.jwk`);
  const isListed = use !== "authority" && use !== "seal";
  return { secret, open: path.join(out, isListed ? `${kid}.public.json` : `${kid}.public.jwk`) };
}

/** Checked by the registry's own form, so that what is handed over is taken there. */
function entryOf(use: KeyUse, kid: string, name: string, jwk: object, period: object): OrganisationKey {
  const checked = organisationKeySchema.safeParse({
    kid,
    use,
    ...(use === "adapter" && { id: `adapter:${name}` }),
    jwk,
    ...period,
  });
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new UsageError(`${issue?.path.join(".")} ${issue?.message}.`);
}

/** As WEFT_SIGNING_KEYS_FILE of an adapter or of a token service wants it; else the key alone. */
function inFormOf(use: KeyUse, org: string, jwk: PrivateJwk): object {
  if (use === "adapter") return { [org]: jwk };
  return use === "issuer" ? { [org]: [jwk] } : jwk;
}

const YEARS = 3;

/** From today on: a signature counts where its key was valid on the day on which the agreement begins. */
function periodOf({ from, until }: KeyOptions, now: Date): { readonly from: string; readonly until: string } {
  const begins = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
  const ends = new Date(Date.UTC(now.getUTCFullYear() + YEARS, 11, 31, 23, 59, 59));
  const inSeconds = (date: Date) => date.toISOString().replace(".000Z", "Z");
  return { from: from ?? inSeconds(begins), until: until ?? inSeconds(ends) };
}

/** Never over something that is there. */
function create(file: string, content: object, mode: number): void {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode, flag: "wx" });
}

const whoseWord: Readonly<Record<KeyUse, string>> = {
  agreement: "With it the organisation agrees. Keep it where agreements are signed, not on the adapter's machine.",
  adapter:
    "With it the adapter signs which persons a list found, and calls the consent register. WEFT_SIGNING_KEYS_FILE.",
  seal: "With it the ministry opens its seal keys, which whoever runs the gateways encrypts for it: weft keys seal.",
  issuer: "With it the organisation's token service says who asks. WEFT_SIGNING_KEYS_FILE.",
  authority: "With it the registry authority signs the country's contracts. Everybody pins its public half.",
};

function sayKey(kid: string, use: KeyUse, files: { secret: string; open: string }, jwk: object): string {
  return [
    `kid          ${kid}`,
    `private      ${files.secret} (its owner's alone)`,
    `public       ${files.open}`,
    `fingerprint  ${fingerprintOf(jwk)}`,
    `             to be read out by telephone; in full, by RFC 7638: ${thumbprintOf(jwk)}`,
    whoseWord[use],
  ].join("\n");
}

/** One key as a member of `keys` in registry.yaml. */
export function lineOf({ kid, use, id, jwk, from, until }: OrganisationKey): string {
  const members = Object.entries(jwk).map(([name, value]) => `${name}: ${name.length === 1 ? `"${value}"` : value}`);
  const who = id === undefined ? "" : `, id: "${id}"`;
  return `      - { kid: ${kid}, use: ${use}${who}, jwk: { ${members.join(", ")} }, from: "${from}", until: "${until}" }`;
}

/** The public halves in a folder that `weft keys new` wrote, of one organisation. */
export function publicKeysIn(dir: string, org: string): readonly OrganisationKey[] {
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir).filter((name) => name.endsWith(".public.json"));
  return files.sort().flatMap((name) => {
    const { organisation, ...key } = JSON.parse(readFileSync(path.join(dir, name), "utf8")) as Record<string, unknown>;
    const read = organisationKeySchema.safeParse(key);
    return organisation === org && read.success ? [read.data] : [];
  });
}
