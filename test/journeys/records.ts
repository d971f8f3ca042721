import { createPublicKey } from "node:crypto";
import {
  type CallerPart,
  LogClient,
  type OutcomePart,
  readDisclosures,
  type RecordPayload,
  type RequestPart,
  type Section,
  verifyRecord,
} from "#libs/access-log";
import type { Coordinate } from "#libs/terms";
import { LOG_ORIGIN } from "../../apps/sandbox/src/key-files.js";
import { sandboxKey, verifierKey } from "../../apps/sandbox/src/keys.js";
import type { Orvanda } from "./orvanda.js";

/** One record as the log's private side shows it: its issuer's signature verified, all that it discloses read. */
export interface KeptRecord extends Pick<RecordPayload, "jti" | "kind" | "iss" | "iat" | "exp" | "parent"> {
  readonly index: number;
  readonly caller: CallerPart | undefined;
  readonly request: RequestPart | undefined;
  readonly outcome: OutcomePart | undefined;
  readonly sections: readonly Section[];
}

export async function recordAt(orvanda: Pick<Orvanda, "urls">, index: number): Promise<KeptRecord> {
  const response = await fetch(`${orvanda.urls.log}/review/record/${index}`);
  if (!response.ok) throw new Error(`The log shows no record ${index}.`);
  return readKept(index, (await response.json()) as Shown);
}

/** As the log's private side shows a record; null once what it discloses is erased. */
interface Shown {
  readonly jwt: string;
  readonly disclosures: readonly string[] | null;
}

export function readKept(index: number, { jwt, disclosures }: Shown): KeptRecord {
  const payload = verifyRecord(jwt, writers);
  const { named, sections } = readDisclosures(disclosures ?? [], payload);
  const { jti, kind, iss, iat, exp, parent } = payload;
  return {
    index,
    jti,
    kind,
    iss,
    iat,
    exp,
    ...(parent !== undefined && { parent }),
    caller: named.get("caller") as CallerPart | undefined,
    request: named.get("request") as RequestPart | undefined,
    outcome: named.get("outcome") as OutcomePart | undefined,
    sections: sections.map(({ section }) => section),
  };
}

/** All records from an index to the newest, but for heartbeats: these come by the clock. */
export async function recordsFrom(orvanda: Pick<Orvanda, "urls">, index: number): Promise<KeptRecord[]> {
  const size = await logSize(orvanda);
  const indices = Array.from({ length: Math.max(0, size - index) }, (_, at) => index + at);
  const records = await Promise.all(indices.map((at) => recordAt(orvanda, at)));
  return records.filter(({ kind }) => kind !== "heartbeat");
}

export async function logSize({ urls }: Pick<Orvanda, "urls">): Promise<number> {
  const log = logClient(urls.log);
  try {
    return (await log.checkpoint()).size;
  } finally {
    await log.close();
  }
}

/** Speaks to the network's log as a gateway or an adapter does; whoever opens it closes it. */
export function logClient(url: string): LogClient {
  return new LogClient({ url, vkey: verifierKey(LOG_ORIGIN, sandboxKey("log-1")) });
}

/** What the records of one access say was to be fetched, of all ministries. */
export function fetchedCoordinates(records: readonly KeptRecord[]): Set<Coordinate> {
  return new Set(
    records.flatMap(({ sections }) =>
      sections.flatMap(({ fetches }) => fetches.flatMap(({ coordinates }) => coordinates)),
    ),
  );
}

function writers(kid: string) {
  const key = createPublicKey(sandboxKey(kid).privateKey);
  if (kid === "gateway-main-1") return { iss: "gateway:main", key };
  if (kid === "log-1") return { iss: LOG_ORIGIN, key };
  const ministry = /^(\w+)-adapter-1$/.exec(kid)?.[1];
  return ministry === undefined ? undefined : { iss: `adapter:${ministry}`, key };
}
