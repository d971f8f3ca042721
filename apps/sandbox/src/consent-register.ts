import { randomBytes, randomInt } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ConsentReceipt, signReceipt, signStatusList, type Status, STATUS_LIST_SIZE, StatusList } from "#libs/consent";
import {
  type CanonicalPerson,
  type Coordinate,
  deriveSealKey,
  type OrgId,
  type PurposeCode,
  random16,
  Sealer,
  type Signer,
} from "#libs/terms";
import { sandboxKey, sandboxSealMaster } from "./keys.js";

/**
 * The consent register while it is only files: signs receipts into each provider's feed, and a status list anew every two seconds.
 * A record is never changed: what is withdrawn stays in the feed with the status `invalid`.
 */
export interface ConsentRegister {
  /** Returns the record's name, by which it can be withdrawn. */
  giveConsent(consent: Consent): string;
  /** Adapters know within two seconds. False where there is no such record. */
  withdrawConsent(record: string): boolean;
  /** All that the person ever gave this recipient at this provider, also what a run that broke off left behind. */
  withdrawAll(consent: Pick<Consent, "person" | "provider" | "recipient">): void;
  /** Nobody is told anything about the person: they are protected, or they object. */
  restrict(restriction: Restriction): string;
  close(): void;
}

export interface Consent {
  readonly person: CanonicalPerson;
  readonly provider: OrgId;
  readonly recipient: OrgId;
  readonly purposes: readonly PurposeCode[];
  readonly coordinates: readonly Coordinate[];
  /** How often it may be used: in its whole life, or in each so many days. */
  readonly frequency?: NonNullable<ConsentReceipt["frequency"]>;
}

export interface Restriction {
  readonly person: CanonicalPerson;
  readonly provider: OrgId;
  readonly kind: "objection" | "protection";
}

const STATUS_URI = "https://registry.orvanda.example/status/1";
const RESIGN = 2000;
const YEAR = 365 * 86_400;
const ISSUER = "org:registry" as OrgId;

type Kept = Record<string, { idx: number; status: Status }>;

/** `dir` is what the adapters read; `stateFile` is the register's own. */
export function openConsentRegister(dir: string, stateFile: string, providers: readonly OrgId[]): ConsentRegister {
  const key = sandboxKey("registry-consent-1");
  const signer: Signer = { kid: key.kid, key: key.privateKey };
  const records: Kept = { ...recordsIn(dir, providers), ...readState(stateFile) };
  const taken = new Set(Object.values(records).map(({ idx }) => idx));
  const sealers = new Map(
    providers.map((org) => [org, new Sealer(deriveSealKey(sandboxSealMaster.kid, sandboxSealMaster.bytes, org))]),
  );
  let list = Object.values(records).reduce((made, { idx, status }) => made.withStatus(idx, status), new StatusList());
  let unsaved = false;
  for (const org of providers) appendFileSync(feedFile(dir, org), "");

  const save = (): void => {
    if (unsaved) replaceFile(stateFile, JSON.stringify(records));
    unsaved = false;
    const issuedAt = Math.floor(Date.now() / 1000);
    replaceFile(path.join(dir, "status.jwt"), signStatusList({ list, uri: STATUS_URI, issuedAt }, ISSUER, signer));
  };
  const sealerOf = (provider: OrgId): Sealer => {
    const sealer = sealers.get(provider);
    if (!sealer) throw new Error(`no feed for ${provider}`);
    return sealer;
  };
  const add = (person: CanonicalPerson, provider: OrgId, terms: Terms): string => {
    const record = randomBytes(12).toString("base64url");
    const idx = unusedIndex(taken);
    const receipt = {
      ...termsOfRecord(record, idx),
      aud: provider,
      sub: sealerOf(provider).seal(person),
      ...terms,
    } as ConsentReceipt;
    appendFileSync(feedFile(dir, provider), `${signReceipt(receipt, signer)}\n`);
    records[record] = { idx, status: "valid" };
    unsaved = true;
    return record;
  };
  const withdraw = (record: string): boolean => {
    const kept = records[record];
    if (!kept) return false;
    kept.status = "invalid";
    list = list.withStatus(kept.idx, "invalid");
    unsaved = true;
    return true;
  };
  save();
  const timer = setInterval(save, RESIGN);
  return {
    giveConsent: ({ person, provider, ...terms }) => add(person, provider, { kind: "consent", ...terms }),
    restrict: ({ person, provider, kind }) =>
      add(person, provider, { kind, recipient: "any", purposes: [], coordinates: [] }),
    withdrawConsent(record) {
      const known = withdraw(record);
      save();
      return known;
    },
    withdrawAll({ person, provider, recipient }) {
      const sub = sealerOf(provider).seal(person);
      for (const receipt of receiptsIn(dir, provider))
        if (receipt.kind === "consent" && receipt.sub === sub && receipt.recipient === recipient)
          withdraw(receipt.record_id);
      save();
    },
    close() {
      clearInterval(timer);
      save();
    },
  };
}

type Terms =
  | ({ readonly kind: "consent" } & Omit<Consent, "person" | "provider">)
  | Pick<Exclude<ConsentReceipt, { kind: "consent" }>, "kind" | "recipient" | "purposes" | "coordinates">;

function termsOfRecord(record: string, idx: number) {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: ISSUER,
    iat: now,
    nbf: now - 5,
    exp: now + 2 * YEAR,
    jti: random16(),
    record_id: record,
    record_version: 1,
    status: { status_list: { idx, uri: STATUS_URI } },
  };
}

function readState(stateFile: string): Kept {
  return existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, "utf8")) as Kept) : {};
}

/** What the feeds hold is in force until the state file says otherwise: a run that broke off may have written only the receipt. */
function recordsIn(dir: string, providers: readonly OrgId[]): Kept {
  const receipts = providers.flatMap((org) => receiptsIn(dir, org));
  return Object.fromEntries(
    receipts.map(({ record_id, status }) => [record_id, { idx: status.status_list.idx, status: "valid" as const }]),
  );
}

/** The register wrote them itself; it is the adapters that verify. */
function receiptsIn(dir: string, org: OrgId): ConsentReceipt[] {
  const file = feedFile(dir, org);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ConsentReceipt.parse(JSON.parse(Buffer.from(line.split(".")[1] ?? "", "base64url").toString())));
}

/** Drawn at random, so that a place in the list says nothing about when or whose. */
function unusedIndex(taken: Set<number>): number {
  let idx = randomInt(STATUS_LIST_SIZE);
  while (taken.has(idx)) idx = randomInt(STATUS_LIST_SIZE);
  taken.add(idx);
  return idx;
}

function feedFile(dir: string, org: OrgId): string {
  const folder = path.join(dir, String(org).slice("org:".length));
  mkdirSync(folder, { recursive: true });
  return path.join(folder, "receipts.jsonl");
}

function replaceFile(file: string, content: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
