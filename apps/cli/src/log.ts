import { createPublicKey } from "node:crypto";
import { fetch } from "undici";
import {
  assertWhole,
  LogClient,
  openWitnessed,
  parseVkey,
  pinLogs,
  type PinnedLogs,
  pinWitnesses,
  RECORD_TYP,
  type RecordPayload,
} from "#libs/access-log";
import { type Contracts, isValidAt, loadContracts, logKeys, type OrganisationKey } from "#libs/contracts";
import { parseJws, verifyJws, WeftError } from "#libs/terms";
import { namesOf, openRecord, recordInWords } from "#libs/review";
import { agentOf, type CertificateOptions, tlsOf } from "./certificate.js";
import { type ShownRecord, shownRecord } from "./log-folder.js";
import { authorityKey, logUrl, UsageError } from "./places.js";

export interface LogOptions extends CertificateOptions {
  readonly contracts: string;
  readonly authority?: string;
  readonly log?: string;
  readonly language: string;
}

export async function showRecord(index: number, options: LogOptions): Promise<number> {
  const contracts = await loadFor(options);
  const { jwt, disclosures } = await fetchRecord(index, options);
  console.log(recordInWords(openRecord(index, jwt, disclosures), namesOf(contracts, options.language)));
  return 0;
}

/**
 * That the record is what its issuer signed, that what it discloses is what it committed to, and that the pinned log holds it.
 * Nothing of that is believed on the log's word.
 */
export async function verifyRecord(index: number, options: LogOptions): Promise<number> {
  const contracts = await loadFor(options);
  const { jwt, disclosures } = await fetchRecord(index, options);
  const { payload } = openRecord(index, jwt, disclosures);
  if (disclosures) assertWhole(payload, disclosures);
  assertSignedByIssuer(jwt, payload, contracts);
  const log = contracts.registry.logs.find(({ origin }) => origin === payload.log);
  if (!log) throw new UsageError(`The contracts know no log ${payload.log}.`);
  const tls = tlsOf(options);
  const logs = pinLogs(logKeys(contracts.registry, log.origin));
  const client = new LogClient({ url: logUrl(options.log), vkey: logs, ...(tls && { tls }) });
  try {
    const inclusion = await client.proof(index, jwt);
    const newest = await client.checkpoint();
    await client.assertConsistent(inclusion, newest);
    const vouched = await vouchedFor(client, logs, contracts);
    console.log(`Signed by ${payload.iss}, with a key that the registry names for that time.`);
    console.log(disclosures ? `What it discloses is what it committed to.` : `Its disclosures are erased.`);
    console.log(`Entry ${inclusion.index} of a tree of ${inclusion.size}, root ${inclusion.root.toString("base64")},`);
    console.log(`in a checkpoint that ${log.origin} signed; the newest, of ${newest.size}, continues it.`);
    if (vouched) console.log(vouched);
  } finally {
    await client.close();
  }
  return 0;
}

/** What the witnesses say of it, in words; nothing where the registry asks for none. */
async function vouchedFor(client: LogClient, logs: PinnedLogs, { registry }: Contracts): Promise<string | undefined> {
  const witnesses = pinWitnesses(registry.witnesses);
  if (witnesses.quorum === 0) return undefined;
  const { size, witnessedAt } = openWitnessed(await client.published(), logs, witnesses, Date.now() / 1000 + 5);
  const age = Math.max(0, Math.round(Date.now() / 1000 - witnessedAt));
  return `A quorum of witnesses vouched for ${size} entries ${age} s ago.`;
}

export function loadFor({ contracts, authority }: LogOptions): Promise<Contracts> {
  return loadContracts(contracts, { authorityKey: authorityKey(authority), compose: false });
}

async function fetchRecord(index: number, options: LogOptions): Promise<ShownRecord> {
  const url = `${logUrl(options.log)}/review/record/${index}`;
  const dispatcher = agentOf(tlsOf(options));
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000), ...(dispatcher && { dispatcher }) }).catch(
    () => {
      throw new WeftError("RECORD_UNAVAILABLE", { message: "The access log does not answer." });
    },
  );
  if (response.status === 404) throw new UsageError(`There is no record ${index}, or this log does not open it to us.`);
  if (!response.ok)
    throw new WeftError("RECORD_UNAVAILABLE", { message: `The access log answered ${response.status}.` });
  return shownRecord.parse(await response.json());
}

export function assertSignedByIssuer(jwt: string, { iss, iat }: RecordPayload, { registry }: Contracts): void {
  const jws = parseJws(jwt, RECORD_TYP);
  const moment = new Date(iat * 1000);
  const signs = ({ kid, jwk, from, until }: Pick<OrganisationKey, "kid" | "jwk" | "from" | "until">) =>
    kid === jws.kid &&
    isValidAt({ from, until }, moment) &&
    verifyJws(jws, createPublicKey({ key: jwk, format: "jwk" }));
  const servers = [...registry.gateways, ...(registry.reviews ?? [])];
  const ofServer = servers.find(({ id }) => id === iss)?.keys ?? [];
  const ofAdapters = Object.values(registry.organisations).flatMap(({ keys }) =>
    keys.filter((key) => key.use === "adapter" && key.id === iss),
  );
  if (logKeys(registry, iss).some((vkey) => verifyJws(jws, parseVkey(vkey).key))) return;
  if (![...ofServer, ...ofAdapters].some(signs))
    throw new WeftError("RECORD_REJECTED", {
      message: `No key that the registry names for ${iss} signed this record.`,
    });
}
