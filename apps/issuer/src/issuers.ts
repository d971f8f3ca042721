import { readFileSync, statSync } from "node:fs";
import type { JWK } from "jose";
import { type Contracts, highestVersion, watchContracts } from "#libs/contracts";
import { type Logger, RateLimit } from "#libs/server";
import { jcs, type OrgId, parseOrgId, WeftError } from "#libs/terms";
import type { IssuerConfig } from "./config.js";
import type { Issuer, IssuerKey } from "./issuer.js";
import { readOrganisation, readSigningKeys, type SigningKey } from "./organisation.js";
import { createProvider } from "./provider.js";
import { openSeenKeys, type SeenKeys } from "./seen-keys.js";
import type { AnswerRaw } from "./routes.js";
import type { RunningSignIn } from "./sign-in/routes.js";
import { createSignInProvider } from "./sign-in/sign-in-provider.js";
import type { UsedOnce } from "./used-once.js";

/** An issuer that answers. A change makes another; requests in flight end with the one that they began with. */
export interface RunningIssuer {
  readonly issuer: Issuer;
  readonly answer: AnswerRaw;
  /** In the sandbox, where the organisation's file has one. */
  readonly signIn: RunningSignIn | undefined;
}

export interface Issuers {
  readonly find: (name: string) => RunningIssuer | undefined;
  readonly all: () => readonly RunningIssuer[];
  readonly contracts: () => Contracts;
  readonly close: () => void;
}

export interface IssuersOptions {
  readonly config: IssuerConfig;
  readonly used: UsedOnce;
  readonly logger: Logger;
  readonly onOutcome: (outcome: string) => void;
}

/** Milliseconds between two looks at the files. */
const LOOK = 1_000;

/** Follows the contracts and the organisations' two files: a change serves whole, or the last good state stays. */
export async function openIssuers(options: IssuersOptions): Promise<Issuers> {
  const { config, logger } = options;
  const highest = highestVersion(config.WEFT_STATE_DIR);
  const rate = new RateLimit(config.WEFT_CLIENT_RATE);
  const seenKeys = openSeenKeys(config.WEFT_STATE_DIR);
  let running: ReadonlyMap<string, RunningIssuer> = new Map();
  const build = (contracts: Contracts): void => {
    running = new Map(
      config.WEFT_ORGANISATIONS.map((name) => {
        const org = parseOrgId(name);
        return [nameOf(org), run(issuerOf(org, contracts, options, { rate, seenKeys }), options)];
      }),
    );
    highest.raise(contracts.version);
  };
  const watched = await watchContracts(
    config.WEFT_CONTRACTS,
    {
      authorityKey: JSON.parse(readFileSync(config.WEFT_AUTHORITY_FILE, "utf8")) as JWK,
      compose: false,
      minimumVersion: highest.seen,
    },
    { onSwap: (contracts) => rebuild(contracts), onReject: ({ length }) => refused("contracts", length) },
  );
  build(watched.current());
  let seen = fingerprint(config);
  const timer = setInterval(() => {
    const now = fingerprint(config) ?? seen;
    if (now === seen) return;
    seen = now;
    rebuild(watched.current());
  }, LOOK).unref();

  function rebuild(contracts: Contracts): void {
    try {
      build(contracts);
      logger.info({ event: "issuers", version: contracts.version }, "Clients, keys and contracts are in force.");
    } catch (error) {
      logger.error({ event: "issuers-rejected", err: error }, "A change does not serve; the last good state stays.");
    }
  }

  function refused(what: string, count: number): void {
    logger.error({ event: `${what}-rejected`, count }, "New contracts were refused; the last good ones stay.");
  }

  return {
    find: (name) => running.get(name),
    all: () => [...running.values()],
    contracts: watched.current,
    close: () => {
      clearInterval(timer);
      watched.close();
    },
  };
}

function nameOf(org: OrgId): string {
  return org.slice("org:".length);
}

function run(issuer: Issuer, { config, logger, onOutcome }: IssuersOptions): RunningIssuer {
  const provider = createProvider(issuer);
  provider.on("grant.success", () => onOutcome("issued"));
  provider.on("grant.error", (_ctx, error) => onOutcome(error.message));
  provider.on("server_error", (_ctx, error) => {
    onOutcome("server_error");
    logger.error({ event: "request-failed", err: error }, "A request failed.");
  });
  return { issuer, answer: provider.callback(), signIn: signInOf(issuer, config) };
}

function signInOf(issuer: Issuer, { WEFT_MODE: mode }: IssuerConfig): RunningSignIn | undefined {
  const { signIn } = issuer.organisation;
  if (signIn === undefined) return undefined;
  if (mode !== "sandbox") throw invalid("WEFT_CLIENTS_FILE has a sign-in page, which only a sandbox serves");
  const provider = createSignInProvider(issuer, signIn);
  return { provider, answer: provider.callback(), signIn, organisation: issuer.org };
}

/** The organisation's own issuer as the registry pins it: its name, and which of its keys are known to those who verify. */
function issuerOf(
  org: OrgId,
  contracts: Contracts,
  { config, used }: IssuersOptions,
  { rate, seenKeys }: { readonly rate: RateLimit; readonly seenKeys: SeenKeys },
): Issuer {
  const listed = contracts.registry.organisations[org];
  if (listed?.issuer === undefined) throw invalid(`registry.yaml names no issuer of ${org}`);
  const keys = publishedKeys(readSigningKeys(config.WEFT_SIGNING_KEYS_FILE, org), listed.keys, seenOf(org, seenKeys));
  if (keys.length === 0) throw invalid(`registry.yaml lists none of the signing keys of ${org}`);
  return {
    org,
    iss: listed.issuer.iss,
    url: `${config.WEFT_PUBLIC_URL.replace(/\/$/, "")}/${nameOf(org)}`,
    organisation: readOrganisation(config.WEFT_CLIENTS_FILE, org),
    keys,
    agreements: contracts.agreements,
    resources: new Set(config.WEFT_RESOURCES ?? contracts.registry.gateways.map(({ url }) => url)),
    used,
    keyLead: config.WEFT_KEY_LEAD * 1000,
    lifetime: config.WEFT_TOKEN_LIFETIME,
    nonceSecret: nonceSecretOf(config),
    admit: (client) => rate.admit(`${org} ${client}`, new Date()),
    now: () => new Date(),
  };
}

type ListedKeys = Contracts["registry"]["organisations"][string]["keys"];

/** Of all keys that are listed, also those whose private half is not here yet: they are known from then. */
type Seen = (key: ListedKeys[number]) => number;

function seenOf(org: OrgId, seenKeys: SeenKeys): Seen {
  const now = Date.now();
  return ({ kid, jwk }) => seenKeys.since(`${org} ${kid} ${jwk.x}`, now);
}

/** Ours and listed, with the very same public half. A key that is not listed yet waits. */
function publishedKeys(own: readonly SigningKey[], listed: ListedKeys, seen: Seen): readonly IssuerKey[] {
  const published = listed.filter(({ use }) => use === "issuer").map((key) => ({ ...key, listed: seen(key) }));
  return own.flatMap((jwk) => {
    const { kid, d: _d, ...half } = jwk;
    const known = published.find((key) => key.kid === kid && jcs(key.jwk) === jcs(half));
    if (known === undefined) return [];
    return [{ kid, jwk, from: Date.parse(known.from), until: Date.parse(known.until), listed: known.listed }];
  });
}

function nonceSecretOf({ WEFT_NONCE_SECRET_FILE: file }: IssuerConfig): Buffer | undefined {
  const secret = file && Buffer.from(file.reveal(), "base64url");
  if (secret === undefined || secret.length === 32) return secret;
  throw invalid("WEFT_NONCE_SECRET_FILE does not hold 32 bytes in base64url");
}

/** Undefined while the files cannot be looked at: what was read of them goes on. */
function fingerprint({ WEFT_CLIENTS_FILE: clients, WEFT_SIGNING_KEYS_FILE: keys }: IssuerConfig): string | undefined {
  try {
    return [clients, keys].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs).join(" ");
  } catch {
    return undefined;
  }
}

function invalid(detail: string): WeftError {
  return new WeftError("CONFIG_INVALID", { message: `${detail}.`, detail });
}
