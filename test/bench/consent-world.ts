import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createApp } from "../../dist/apps/sandbox/src/app-process.js";
import { sandboxKey } from "../../dist/apps/sandbox/src/keys.js";
import { ministries } from "../../dist/apps/sandbox/src/compose-apps.js";
import { defaultContracts, type Network, startNetwork } from "../../dist/apps/sandbox/src/network.js";
import { reservePort } from "../../dist/apps/sandbox/src/ports.js";
import { signSandboxContracts } from "../../dist/apps/sandbox/src/sign-contracts.js";
import { type Contracts, loadContracts } from "../../dist/libs/contracts/src/index.js";
import type { CanonicalPerson, Coordinate, OrgId, PurposeCode } from "../../dist/libs/terms/src/index.js";
import { addConsentAgreements } from "./consent-contracts.ts";

/** The sandbox with contracts of the bench's own, people of the bench's own in two ministries' systems, and what each agreed or forbade. */
export interface ConsentWorld {
  readonly network: Network;
  readonly contracts: Contracts;
  readonly entrants: Entrants;
  /** A gateway that limits no caller's rate. */
  readonly gateway: { readonly url: string };
  readonly adapter: { readonly url: string; readonly pid: number };
  readonly stop: () => Promise<void>;
}

/** Six reasons for not being told a value, and one person of whom it is told. */
export const kinds = ["absent", "unresolved", "no consent", "withdrawn", "objection", "protected", "given"] as const;
export type Kind = (typeof kinds)[number];

export interface Entrants {
  /** On the list, all of them consenting. */
  readonly listed: number;
  /** So many persons of each kind: one person's row could be quicker to find than another's. */
  readonly each: number;
}

export const DISTRICT = "QV-1-01";

export const nidOf = (n: number) => `nid:${7_700_000_000 + n}` as CanonicalPerson;
export const personOf = ({ listed, each }: Entrants, kind: Kind, i: number) =>
  nidOf(listed + kinds.indexOf(kind) * each + (i % each));

/** What is asked of two systems, one behind SQL and one behind a REST service, both on consent. */
export const questions = {
  cash: { text: "cashTransfer{monthlyAmount}", fields: ["Person.cashTransfer", "CashTransferEnrolment.monthlyAmount"] },
  disability: {
    text: "disability{assessedLevel}",
    fields: ["Person.disability", "DisabilityEnrolment.assessedLevel"],
  },
} as const;

export async function startConsentWorld(entrants: Entrants): Promise<ConsentWorld> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft-bench-"));
  const running: (() => Promise<unknown> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of running.splice(0).toReversed()) await end();
  };
  try {
    const dir = path.join(folder, "contracts");
    const contracts = await writeContracts(dir);
    const network = await startNetwork({ dataDir: path.join(folder, "data"), contracts: dir, people: 500 });
    running.push(() => network.stop());
    await enterPeople(network, entrants);
    const gateway = await startGateway(network, dir);
    running.push(() => gateway.stop());
    await consent(network, entrants);
    return {
      network,
      contracts,
      entrants,
      gateway,
      adapter: { url: network.urls.adapter, pid: network.pidOf("adapter")! },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeContracts(dir: string): Promise<Contracts> {
  cpSync(defaultContracts, dir, { recursive: true });
  const load = () => loadContracts(dir, { authorityKey: sandboxKey("authority-1").publicJwk, compose: false });
  const { version } = await load();
  addConsentAgreements(dir);
  await signSandboxContracts(dir, version + 1);
  return load();
}

async function startGateway({ dataDir, urls }: Network, contracts: string) {
  const port = await reservePort();
  const key = (name: string) => path.join(dataDir, "keys", name);
  const state = path.join(dataDir, "seen", "bench-gateway");
  mkdirSync(state, { recursive: true });
  const adapters = ministries.map((name) => [`org:${name}`, `${urls.adapter}/${name}`]);
  const gateway = createApp({
    name: "bench-gateway",
    script: "bin/gateway.js",
    port,
    ready: "/health/ready",
    logFile: path.join(dataDir, "logs", "bench-gateway.log"),
    env: {
      WEFT_HOST: "127.0.0.1",
      WEFT_PORT: String(port),
      WEFT_MODE: "sandbox",
      WEFT_CONTRACTS: contracts,
      WEFT_AUTHORITY_FILE: key("authority.jwk"),
      WEFT_STATE_DIR: state,
      APOLLO_TELEMETRY_DISABLED: "1",
      WEFT_PUBLIC_URL: `http://127.0.0.1:${port}`,
      WEFT_GATEWAY_ID: "gateway:main",
      WEFT_SIGNING_KEY_FILE: key("gateway.jwk"),
      WEFT_SEAL_MASTER_FILE: key("seal-master.json"),
      WEFT_LOG_URL: urls.log,
      WEFT_CLIENT_RATE: "999999",
      WEFT_ADAPTERS: JSON.stringify(Object.fromEntries(adapters)),
    },
  });
  await gateway.start();
  return gateway;
}

interface Entered {
  readonly nid: string;
  /** Of the row: two rows of one person are what leaves them unresolved. */
  readonly row: number;
}

function rowsToEnter(entrants: Entrants): Entered[] {
  const listed = Array.from({ length: entrants.listed }, (_, n) => ({ nid: valueOf(nidOf(n)), row: n }));
  const others = kinds.flatMap((kind) => {
    const copies = kind === "absent" ? 0 : kind === "unresolved" ? 2 : 1;
    return Array.from({ length: entrants.each * copies }, (_, i) => valueOf(personOf(entrants, kind, i)));
  });
  return [...listed, ...others.map((nid, i) => ({ nid, row: entrants.listed + i }))];
}

function valueOf(person: CanonicalPerson): string {
  return person.slice(person.indexOf(":") + 1);
}

async function enterPeople(network: Network, entrants: Entrants): Promise<void> {
  const rows = rowsToEnter(entrants);
  const client = new pg.Client({ connectionString: network.superuserUrl("cashxfer") });
  await client.connect();
  try {
    await client.query("update penerima_mst set kd_kab = '0102' where kd_kab = '0101'");
    await client.query(
      `insert into penerima_mst (no_peserta, nik, nm_lengkap, kd_kab, sts_peserta, tgl_daftar, jml_bantuan, sumber, sts_rec, tgl_ubah)
       select no, nik, 'X', kab, '1', '20240101', '1.234,50', 'V', 'A', '20261101' from unnest($1::text[], $2::text[], $3::text[]) as t(no, nik, kab)`,
      [
        rows.map(({ row }) => `C9900${String(row).padStart(4, "0")}`),
        rows.map(({ nid }) => `${nid.slice(0, 4)}.${nid.slice(4, 7)}.${nid.slice(7)}`),
        rows.map(({ row }) => (row < entrants.listed ? "0101" : "0102")),
      ],
    );
    await client.query("analyze penerima_mst");
  } finally {
    await client.end();
  }
  const cases = rows.map(({ nid, row }) => ({
    caseNo: `D990${String(row).padStart(4, "0")}`,
    holder: { nin: nid },
    assessment: { level: "L3", assessedOn: "01/02/2024" },
    standing: { code: "OPEN", from: "01/02/2024" },
    review: { changedOn: "01/11/2026", evidence: "panel" },
  }));
  appendFileSync(network.files.disabilityCases, cases.map((one) => `${JSON.stringify(one)}\n`).join(""));
  await network.stopApp("disability");
  await network.startApp("disability");
}

const recipients = { cash: "org:clinic", disability: "org:cash" } as const;
const entry = ["Query.cashTransferEnrolments", "CashTransferEnrolment.person", "CashTransferEnrolment.status"];

async function consent({ consents }: Network, entrants: Entrants): Promise<void> {
  for (const ministry of ["cash", "disability"] as const) {
    const { fields } = questions[ministry];
    const provider = `org:${ministry}` as OrgId;
    const recipient = recipients[ministry] as OrgId;
    const coordinates = [...fields, ...(ministry === "cash" ? entry : [])] as Coordinate[];
    const give = (person: CanonicalPerson): Promise<string> =>
      consents.giveConsent({ person, recipient, purposes: ["referral" as PurposeCode], coordinates });
    const restrict = (person: CanonicalPerson, kind: "objection" | "protection"): Promise<unknown> =>
      consents.restrict({ person, provider, kind });
    if (ministry === "cash") for (let n = 0; n < entrants.listed; n++) await give(nidOf(n));
    for (let i = 0; i < entrants.each; i++) {
      await give(personOf(entrants, "given", i));
      await consents.withdrawConsent(await give(personOf(entrants, "withdrawn", i)));
      await give(personOf(entrants, "objection", i));
      await restrict(personOf(entrants, "objection", i), "objection");
      await give(personOf(entrants, "protected", i));
      await restrict(personOf(entrants, "protected", i), "protection");
    }
  }
  // A change is known to every adapter within five seconds.
  await sleep(6_000);
}
