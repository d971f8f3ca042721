import path from "node:path";
import { type LogClient, type PinnedWitnesses, pinWitnesses } from "#libs/access-log";
import { HttpFeed, openFeedStore, type RegisterKeys, signAssertion } from "#libs/consent";
import type { ClientTls, Logger } from "#libs/server";
import type { Contracts, SubgraphContract } from "#libs/contracts";
import {
  AdapterStore,
  ConsentUses,
  LogWatcher,
  type OpenedTerms,
  openTerms,
  PauseSwitch,
  PersonSeals,
  Protection,
  type ServedMinistry,
  ServedTally,
  type SmallCalls,
} from "#libs/subgraph";
import {
  type AgreementId,
  type Digest,
  digestOf,
  jcs,
  type OrgId,
  parseOrgId,
  parsePartyId,
  WeftError,
} from "#libs/terms";
import { type PassedOnTokens, passedOnTokens } from "#libs/token";
import type { AdapterAppConfig } from "./config.js";
import { type ReadPins, readSealKeys, readSigner } from "./key-files.js";
import { type AccountState, OwnAccount } from "./own-account.js";
import { assertOwnKeys } from "./own-keys.js";

/** What all ministries of one process have in common. */
export interface Neighbourhood {
  readonly config: AdapterAppConfig;
  readonly pins: ReadPins;
  readonly log: LogClient;
  /** How the register is called. */
  readonly tls: ClientTls | undefined;
  readonly registerKeys: RegisterKeys;
  readonly logger: Logger;
}

/** One ministry while it is served: its own store, keys and limits, and the terms in force. */
export interface RunningMinistry {
  readonly name: string;
  readonly provider: OrgId;
  /** What a fetch is served with; a new object with each version of the contracts. */
  readonly served: () => ServedMinistry;
  /** Opens what a version means without putting it in force; `adopt` does that. Throws where the ministry cannot serve it. */
  readonly prepare: (contracts: Contracts) => Promise<OpenedTerms>;
  readonly adopt: (contracts: Contracts, terms: OpenedTerms) => Promise<void>;
  /** What was prepared is not adopted. */
  readonly discard: (terms: OpenedTerms) => Promise<void>;
  readonly agreements: () => Digest;
  /** What the ministry's own switch can stop. */
  readonly pausable: () => readonly { readonly id: AgreementId; readonly consumer: OrgId }[];
  /** Whether the machine answered when it was last looked at. A machine that is down leaves the adapter ready: it says so itself. */
  readonly source: () => "ok" | "down" | "unknown";
  readonly lookAtSource: () => Promise<void>;
  /** Rights and indexes held against the mapping, as they were last looked at. */
  readonly account: () => AccountState;
  readonly smallCalls: () => readonly SmallCalls[];
  readonly close: () => Promise<void>;
}

const SOURCE_LIMIT = 2_000;
/** Reads under way keep the terms that they began with; after this long none is left. */
const DRAIN = 10_000;
const CONTRACTS_MARK = "contracts";
const RECEIPTS_MARK = "receipts";

export function openStore(config: AdapterAppConfig, name: string): AdapterStore {
  return new AdapterStore(path.join(config.WEFT_STATE_DIR, `${name}.db`));
}

/** Remembers how much of the feed was read, so that one which lost some is noticed after the next start. */
export async function rememberFeed({ feed, store, receiptsSeen }: ServedMinistry): Promise<void> {
  const position = feed.position();
  const highest = Math.max(receiptsSeen, Number(store.findMark(RECEIPTS_MARK) ?? 0));
  if (position > highest) await store.raiseMark(RECEIPTS_MARK, position);
}

/** The highest version of the contracts that any of these ministries ever served. */
export function highestVersion(stores: Iterable<AdapterStore>): number {
  return Math.max(0, ...[...stores].map((store) => Number(store.findMark(CONTRACTS_MARK) ?? 0)));
}

export async function runMinistry(
  name: string,
  store: AdapterStore,
  contracts: Contracts,
  around: Neighbourhood,
): Promise<RunningMinistry> {
  const provider = parseOrgId(subgraphNamed(name, contracts).provider);
  const sealKeys = readSealKeys(around.config.WEFT_SEAL_KEYS_FILE, provider);
  const account = new OwnAccount(name, around.logger);
  const prepare = async (next: Contracts, before?: OpenedTerms): Promise<OpenedTerms> => {
    assertOwnKeys(provider, next, around.pins.ownKeys(provider));
    const sealKey = sealKeys.find(({ kid }) => kid === next.registry.person.seal);
    if (!sealKey)
      throw new WeftError("CONFIG_INVALID", { detail: `${provider} has no seal key of the registry's name` });
    // A witness whose key cannot be read would leave this ministry unready once they are in force.
    pinWitnesses(next.registry.witnesses);
    const { sdl, adapter } = subgraphNamed(name, next);
    const { version, schemes, agreements } = next;
    const callers = callersOf(next, around.config.WEFT_GATEWAY_URLS);
    const { strongSignIn } = next.registry;
    const opened = await openTerms(
      { provider, version, sdl, adapter, schemes, rules: next.rules.values(), agreements, strongSignIn, callers },
      { env: process.env, sealKey },
      before,
    );
    if (opened.ministry !== before?.ministry) await account.admit(opened);
    return opened;
  };
  let [inForce, terms] = [contracts, await prepare(contracts)];
  await store.raiseMark(CONTRACTS_MARK, contracts.version);
  let served = await openServed(
    name,
    provider,
    store,
    around,
    terms,
    new PersonSeals(sealKeys, contracts.registry.person.seal),
    () => around.pins.witnesses ?? pinWitnesses(inForce.registry.witnesses),
  );
  let source: "ok" | "down" | "unknown" = "unknown";
  return {
    name,
    provider,
    source: () => source,
    account: () => account.stateOf(terms),
    smallCalls: () => terms.smallCalls,
    async lookAtSource() {
      source = (await terms.ministry.health(AbortSignal.timeout(SOURCE_LIMIT))).ok ? "ok" : "down";
      if (source === "ok") await account.lookAgain(terms);
    },
    served: () => served,
    prepare: (next) => prepare(next, terms),
    discard: (unused) => closeUnlessKept(unused, terms),
    async adopt(next, nextTerms) {
      await store.raiseMark(CONTRACTS_MARK, next.version);
      const before = terms;
      [inForce, terms] = [next, nextTerms];
      served = { ...served, seals: new PersonSeals(sealKeys, next.registry.person.seal), current: () => nextTerms };
      served.protection.change(nextTerms.protect);
      setTimeout(() => void closeUnlessKept(before, nextTerms), DRAIN).unref();
    },
    agreements: () => agreementsOf(provider, inForce),
    pausable: () => pausableOf(provider, inForce),
    async close() {
      served.feed.close();
      await terms.ministry.close();
      store.close();
    },
  };
}

function pausableOf(provider: OrgId, { agreements }: Contracts): ReturnType<RunningMinistry["pausable"]> {
  const own = agreements.filter(({ agreement }) => agreement.provider === provider);
  return own.map(({ agreement: { agreement: id, consumer } }) => ({ id, consumer }));
}

/** Each organisation's own issuer with its keys, and the gateways that its tokens are for. */
function callersOf({ registry }: Contracts, gatewayUrls: readonly string[] | undefined): PassedOnTokens {
  const issuers = Object.entries(registry.organisations).flatMap(([org, { issuer, keys }]) =>
    issuer ? [{ iss: issuer.iss, org: parseOrgId(org), keys: keys.filter(({ use }) => use === "issuer") }] : [],
  );
  const gateways = gatewayUrls ?? registry.gateways.map(({ url }) => new URL(url).origin);
  return passedOnTokens(
    issuers,
    gateways.map((url) => url.replace(/\/$/, "")),
  );
}

/** Two versions that read alike share their connections. */
async function closeUnlessKept(unused: OpenedTerms, kept: OpenedTerms): Promise<void> {
  if (unused.ministry !== kept.ministry) await unused.ministry.close().catch(() => {});
}

async function openServed(
  name: string,
  provider: OrgId,
  store: AdapterStore,
  { config, pins, log, tls, registerKeys }: Neighbourhood,
  terms: OpenedTerms,
  seals: PersonSeals,
  witnesses: () => PinnedWitnesses,
): Promise<ServedMinistry> {
  const signer = readSigner(config.WEFT_SIGNING_KEYS_FILE, provider);
  const id = parsePartyId(`adapter:${name}`);
  const audience = (config.WEFT_CONSENT_AUDIENCE ?? config.WEFT_CONSENT_URL).replace(/\/$/, "");
  const feed = new HttpFeed({
    url: config.WEFT_CONSENT_URL,
    audience: provider,
    keys: registerKeys,
    store: openFeedStore(path.join(config.WEFT_STATE_DIR, `${name}.receipts.db`)),
    assertion: (certificate) => signAssertion({ id, signer }, { audience, call: "GET /feed", certificate }, new Date()),
    ...(tls && { tls }),
  });
  await feed.start();
  return {
    name,
    provider,
    adapter: { id, signer },
    pins,
    seals,
    store,
    uses: new ConsentUses(store),
    protection: new Protection(terms.protect),
    pauses: new PauseSwitch(store),
    tally: new ServedTally(),
    feed,
    receiptsSeen: Number(store.findMark(RECEIPTS_MARK) ?? 0),
    watcher: new LogWatcher({ log, store, witnessed: { logs: pins.logs, by: witnesses } }),
    log,
    current: () => terms,
  };
}

function subgraphNamed(name: string, contracts: Contracts): SubgraphContract {
  const found = [...contracts.subgraphs.values()].find((subgraph) => subgraph.name === name);
  if (!found) throw new WeftError("CONFIG_INVALID", { message: `The contracts have no ministry ${name}.` });
  return found;
}

/** Of all agreements of this provider: two replicas with the same digest release the same. */
function agreementsOf(provider: OrgId, { agreements }: Contracts): Digest {
  const own = agreements.filter(({ agreement }) => agreement.provider === provider);
  return digestOf(jcs(own.map(({ digest, agreement: { state } }) => `${digest} ${state}`).sort()));
}
