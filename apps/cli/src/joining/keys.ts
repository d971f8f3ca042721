import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deriveSealKey, fromB64u, parseOrgId } from "#libs/terms";
import { fingerprintOf, type OrganisationKey, organisationKeySchema, thumbprintOf } from "#libs/contracts";
import { z } from "zod";
import { readPrivateFile, UsageError } from "../places.js";

/** What a key is for. All but `authority`, which everybody pins, stand in the registry. */
export const keyUses = ["agreement", "adapter", "issuer", "authority"] as const;
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
  readonly crv: "Ed25519";
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
  const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as Omit<
    PrivateJwk,
    "kid"
  >;
  const half = { kty, crv, x } as const;
  const files = filesOf(out, kid, use);
  for (const file of [files.secret, files.open])
    if (existsSync(file)) throw new UsageError(`${file} is there already. Name the new key by --kid.`);
  mkdirSync(out, { recursive: true, mode: 0o700 });
  const period = periodOf(options, now);
  const entry = use === "authority" ? undefined : entryOf(use, kid, name, half, period);
  create(files.secret, inFormOf(use, org, { ...half, d, kid }), 0o600);
  create(files.open, use === "authority" ? { ...half, kid } : { organisation: org, ...entry }, 0o644);
  console.log(sayKey(kid, use, files, half));
  if (entry !== undefined) console.log(`\nThe registry's line:\n${lineOf(entry)}`);
  return 0;
}

function filesOf(out: string, kid: string, use: KeyUse) {
  const secret = path.join(out, use === "agreement" || use === "authority" ? `${kid}.jwk` : `${kid}.json`);
  return { secret, open: path.join(out, use === "authority" ? `${kid}.public.jwk` : `${kid}.public.json`) };
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

const masters = z.record(z.string(), z.string());

/**
 * `weft keys seal`: of a ministry's seal keys, for whoever holds the master: the country's gateways. A ministry cannot make them alone,
 * since the gateway must seal a person for it; and who has the master could know each person's reference anywhere, so it never leaves.
 */
export async function sealKeys(options: { for: string; master: string; out: string }): Promise<number> {
  const party = parseOrgId(options.for);
  if (existsSync(options.out)) throw new UsageError(`${options.out} is there already.`);
  const known = masters.safeParse(parseJson(readPrivateFile(options.master)));
  if (!known.success) throw new UsageError(`${options.master} is not a file of seal masters.`);
  const derived = Object.entries(known.data).map(([kid, text]) => {
    const master = fromB64u(text);
    if (master?.length !== 32) throw new UsageError(`The master ${kid} is not 32 bytes.`);
    return [kid, Buffer.from(deriveSealKey(kid, master, party).bytes).toString("base64url")];
  });
  mkdirSync(path.dirname(options.out), { recursive: true, mode: 0o700 });
  create(options.out, { [party]: Object.fromEntries(derived) }, 0o600);
  console.log(
    [
      `${options.out}: the seal keys of ${party} (${derived.map(([kid]) => kid).join(", ")}), derived from the master.`,
      "They are secret. Carry the file to the ministry by hand or encrypted to its administrator, then destroy this copy.",
    ].join("\n"),
  );
  return 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
