import { randomBytes } from "node:crypto";
import {
  type InclusionProof,
  type IssuedRecord,
  issueRecord,
  type LogClient,
  type RecordDraft,
  type Section,
} from "#libs/access-log";
import { type Contracts, loadContracts } from "#libs/contracts";
import { argumentsDigest } from "#libs/subgraph";
import {
  type CanonicalPerson,
  type Coordinate,
  deriveSealKey,
  digestOf,
  type OrgId,
  Sealer,
  type Signer,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { LOG_ORIGIN } from "../../apps/sandbox/src/key-files.js";
import { sandboxKey, sandboxSealMaster } from "../../apps/sandbox/src/keys.js";
import { defaultContracts } from "../../apps/sandbox/src/network.js";
import { logClient } from "../journeys/records.js";

/**
 * A gateway in the wrong hands: it has the gateway's signing key, the registry's seal master and a way to the log, and it writes to
 * adapters whatever it likes. What it then gets is all that a captured gateway can get.
 */
export interface Attempt {
  readonly ministry: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly persons?: readonly CanonicalPerson[];
  /** What the record says is fetched. */
  readonly coordinates: readonly string[];
  readonly caller?: Partial<NonNullable<RecordDraft["caller"]>>;
  /** The agreement that the record names. */
  readonly agreement: string;
  readonly section?: Partial<Section>;
  readonly signer?: Signer;
  readonly issued?: Date;
}

export interface Call {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: {
    readonly weft: {
      readonly record: string;
      readonly proof: string;
      readonly fetch: number;
      readonly argsKey: string;
    };
  };
}

export interface Heard {
  readonly status: number;
  /** `answered` where there is data. */
  readonly code: string;
  readonly body: { readonly data?: unknown; readonly errors?: readonly unknown[] };
}

export interface CapturedGateway {
  readonly log: LogClient;
  /** A record of the attempt, signed and not yet in the log. */
  issue(attempt: Attempt): IssuedRecord;
  /** The call that goes with a record and a proof. */
  callWith(attempt: Attempt, record: IssuedRecord, proof: Pick<InclusionProof, "text">): Call;
  /** Issues, records, and makes the call as an honest gateway would. */
  prepare(attempt: Attempt): Promise<Call>;
  send(ministry: string, body: unknown): Promise<Heard>;
  refOf(ministry: string, person: CanonicalPerson): SubjectRef;
  close(): Promise<void>;
}

const argsKey = randomBytes(16);

export async function captureGateway(
  urls: { readonly adapter: string; readonly log: string },
  contractsFolder: string = defaultContracts,
): Promise<CapturedGateway> {
  const contracts = await loadContracts(contractsFolder, {
    authorityKey: sandboxKey("authority-1").publicJwk,
    compose: false,
  });
  const log = logClient(urls.log);
  const issue = (attempt: Attempt) => {
    const signer = attempt.signer ?? { kid: "gateway-main-1", key: sandboxKey("gateway-main-1").privateKey };
    return issueRecord(draftOf(attempt, contracts), signer, attempt.issued ?? new Date());
  };
  return {
    log,
    issue,
    callWith,
    refOf,
    async prepare(attempt) {
      const record = issue(attempt);
      return callWith(attempt, record, await log.append(record, digestOf(randomBytes(16))));
    },
    send: (ministry, body) => send(`${urls.adapter}/${ministry}/graphql`, body),
    close: () => log.close(),
  };
}

function callWith(attempt: Attempt, record: IssuedRecord, { text }: Pick<InclusionProof, "text">): Call {
  const { ministry, query, variables = {}, persons } = attempt;
  const representations = persons?.map((person) => ({ __typename: "Person", ref: refOf(ministry, person) }));
  const presentation = record.presentationFor(attempt.section?.aud ?? orgOf(ministry));
  return {
    query,
    variables: representations ? { ...variables, representations } : variables,
    extensions: { weft: { record: presentation, proof: text, fetch: 0, argsKey: toB64u(argsKey) } },
  };
}

function draftOf(attempt: Attempt, contracts: Contracts): RecordDraft {
  const nothing = digestOf("");
  return {
    kind: "intent",
    iss: "gateway:main",
    log: LOG_ORIGIN,
    caller: {
      consumer: "org:welfare",
      client: "client:welfare-casework",
      officer: "officer:captured",
      purpose: "eligibility-assessment",
      case: "c-2026-0042",
      ...attempt.caller,
    } as NonNullable<RecordDraft["caller"]>,
    request: { operation: null, supergraph: nothing, policy: nothing, denied: [] },
    sections: [sectionOf(attempt, contracts)],
  };
}

function sectionOf(attempt: Attempt, contracts: Contracts): Section {
  const { ministry, query, variables = {}, persons = [], coordinates } = attempt;
  const found = contracts.agreements.find(({ agreement }) => agreement.agreement === attempt.agreement);
  if (!found) throw new Error(`There is no agreement ${attempt.agreement}.`);
  const { agreement, digest } = found;
  const grant = agreement.grants.find(({ purpose }) => purpose === (attempt.caller?.purpose ?? purpose));
  return {
    aud: orgOf(ministry),
    agreement: agreement.agreement,
    version: agreement.version,
    digest,
    basis: (grant?.basis ?? "public-task").toUpperCase().replaceAll("-", "_"),
    fetches: [
      {
        n: 0,
        text: digestOf(query),
        args: argumentsDigest(argsKey, variables),
        coordinates: coordinates as readonly Coordinate[],
        inputs: [],
      },
    ],
    subjects: persons.map((person) => refOf(ministry, person)),
    scope: null,
    consents: [],
    callerProof: null,
    ...attempt.section,
  };
}

function orgOf(ministry: string): OrgId {
  return `org:${ministry}` as OrgId;
}

function refOf(ministry: string, person: CanonicalPerson): SubjectRef {
  const { kid, bytes } = sandboxSealMaster;
  return new Sealer(deriveSealKey(kid, bytes, orgOf(ministry))).seal(person);
}

async function send(url: string, body: unknown): Promise<Heard> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const heard = (await response.json()) as Heard["body"] & { errors?: readonly { extensions?: { code?: string } }[] };
  const code = heard.data === undefined ? (heard.errors?.[0]?.extensions?.code ?? "no code") : "answered";
  return { status: response.status, code, body: heard };
}
