import { randomBytes } from "node:crypto";
import { Pool } from "undici";
import { LOG_ORIGIN } from "../../dist/apps/sandbox/src/key-files.js";
import { sandboxKey, sandboxSealMaster, verifierKey } from "../../dist/apps/sandbox/src/keys.js";
import { issueRecord, LogClient, type Section } from "../../dist/libs/access-log/src/index.js";
import { argumentsDigest } from "../../dist/libs/subgraph/src/index.js";
import {
  type CanonicalPerson,
  type CaseId,
  type Coordinate,
  deriveSealKey,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  random16,
  Sealer,
  toB64u,
} from "../../dist/libs/terms/src/index.js";
import type { ConsentWorld } from "./consent-world.ts";

/** Fetches as the gateway makes them, recorded in the log ahead: what is measured afterwards is the adapter alone. */
export interface AdapterFetch {
  readonly ministry: string;
  readonly consumer: string;
  readonly agreement: string;
  /** `referral` unless told. */
  readonly purpose?: string;
  /** Agreements limit what one officer asks in a day. */
  readonly officer?: string;
  readonly query: string;
  readonly coordinates: readonly string[];
  readonly persons?: readonly CanonicalPerson[];
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly scope?: { readonly entry: string; readonly maxRows: number };
}

export interface AdapterCalls {
  /** A body to send, within thirty seconds, once. */
  prepare(fetch: AdapterFetch): Promise<string>;
  /** Gives the answer and its milliseconds. */
  send(ministry: string, body: string): Promise<{ readonly text: string; readonly milliseconds: number }>;
  close(): Promise<void>;
}

const argsKey = randomBytes(16);
const signer = { kid: "gateway-main-1", key: sandboxKey("gateway-main-1").privateKey };
const { kid, bytes } = sandboxSealMaster;

/** `connections`: how many calls the adapter can have in flight. */
export function openAdapterCalls(
  { network, contracts, adapter }: Pick<ConsentWorld, "network" | "contracts" | "adapter">,
  connections = 1,
): AdapterCalls {
  const log = new LogClient({
    url: network.urls.log,
    vkey: verifierKey(LOG_ORIGIN, sandboxKey("log-1")),
    timeout: 20_000,
  });
  const pool = new Pool(adapter.url, { connections, pipelining: 1 });
  const sealers = new Map<string, Sealer>();
  const seal = (aud: OrgId, person: CanonicalPerson) => {
    const sealer = sealers.get(aud) ?? new Sealer(deriveSealKey(kid, bytes, aud));
    sealers.set(aud, sealer);
    return sealer.seal(person);
  };
  return {
    async prepare(fetch) {
      const aud = `org:${fetch.ministry}` as OrgId;
      const refs = (fetch.persons ?? []).map((person) => seal(aud, person));
      const record = issueRecord(draftOf(fetch, aud, refs, contracts), signer, new Date());
      const { text: proof } = await log.append(record, digestOf(random16()));
      const representations = refs.map((ref) => ({ __typename: "Person", ref }));
      const variables = fetch.scope ? fetch.variables : { ...fetch.variables, representations };
      const weft = { record: record.presentationFor(aud), proof, fetch: 0, argsKey: toB64u(argsKey) };
      return JSON.stringify({ query: fetch.query, variables, extensions: { weft } });
    },
    async send(ministry, body) {
      const started = performance.now();
      const headers = { "content-type": "application/json" };
      const response = await pool.request({ method: "POST", path: `/${ministry}/graphql`, headers, body });
      const text = await response.body.text();
      const milliseconds = performance.now() - started;
      if (response.statusCode !== 200) throw new Error(`An adapter answered ${response.statusCode}: ${text}`);
      return { text, milliseconds };
    },
    async close() {
      await Promise.all([pool.close(), log.close()]);
    },
  };
}

function draftOf(
  fetch: AdapterFetch,
  aud: OrgId,
  subjects: Section["subjects"],
  contracts: ConsentWorld["contracts"],
): Parameters<typeof issueRecord>[0] {
  const purpose = fetch.purpose ?? "referral";
  const found = contracts.agreements.find(({ agreement }) => agreement.agreement === fetch.agreement);
  const grant = found?.agreement.grants.find((grant) => grant.purpose === purpose);
  if (!found || !grant) throw new Error(`There is no agreement ${fetch.agreement} for ${purpose}.`);
  const nothing = digestOf("");
  const fetches = [
    {
      n: 0,
      text: digestOf(fetch.query),
      args: argumentsDigest(argsKey, fetch.variables ?? {}),
      coordinates: fetch.coordinates as readonly Coordinate[],
      inputs: [],
    },
  ];
  const section: Section = {
    aud,
    agreement: found.agreement.agreement,
    version: found.agreement.version,
    digest: found.digest,
    basis: grant.basis.toUpperCase().replaceAll("-", "_"),
    fetches,
    subjects,
    scope: fetch.scope ? { entry: fetch.scope.entry as Coordinate, maxRows: fetch.scope.maxRows } : null,
    consents: [],
    callerProof: null,
  };
  return {
    kind: "intent",
    iss: "gateway:main",
    log: LOG_ORIGIN,
    caller: {
      consumer: fetch.consumer as OrgId,
      client: "client:bench" as PartyId,
      officer: (fetch.officer ?? "officer:bench") as PartyId,
      purpose: purpose as PurposeCode,
      case: "c-2026-0042" as CaseId,
    },
    request: { operation: null, supergraph: nothing, policy: nothing, denied: [] },
    sections: [section],
  };
}
