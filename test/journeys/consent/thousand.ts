import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseEnv } from "node:util";
import { loadContracts } from "#libs/contracts";
import type { CanonicalPerson, Coordinate, OrgId, PurposeCode } from "#libs/terms";
import { type AppProcess, createApp } from "../../../apps/sandbox/src/app-process.js";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { defaultContracts } from "../../../apps/sandbox/src/network.js";
import { signSandboxContracts } from "../../../apps/sandbox/src/sign-contracts.js";
import { addConsentAgreements } from "../../bench/consent-contracts.ts";
import { asSuperuser } from "../mis-reads.js";
import { type Orvanda, startOrvanda } from "../orvanda.js";
import { type DatabaseWire, type ServiceWire, tapDatabase, tapService } from "./wire.js";

/**
 * A thousand people of one district, on the cash-transfer programme's list, in the civil register and in the disability programme's
 * service. 310 of them consent; ten of these are protected or object. Under contracts of this test's own: a clinic reads the list on
 * consent; the programme reads its own list by law and, of each person on it, one field of the civil register and one of the disability
 * programme on consent. Between the adapter and the three systems stand wires that see what is sent.
 */
export interface Thousand {
  readonly orvanda: Orvanda;
  readonly contracts: string;
  readonly adapter: AppProcess;
  readonly wires: { readonly cash: DatabaseWire; readonly civil: DatabaseWire; readonly disability: ServiceWire };
  stop(): Promise<void>;
}

export const DISTRICT = "QV-1-01";
export const people = Array.from({ length: 1000 }, (_, n) => n);
/** Spread over the list, so that each page has some of each. */
export const consenting = people.filter((n) => n % 10 < 3 || n % 100 === 9);
export const restricted = people.filter((n) => n % 100 === 9);
export const shown = consenting.filter((n) => !restricted.includes(n));

export const nid = (n: number) => `nid:${7_700_000_000 + n}` as CanonicalPerson;
export const cashNo = (n: number) => `cash-no:C9900${digits(n)}` as CanonicalPerson;
export const disabilityNo = (n: number) => `disability-no:D990${digits(n)}` as CanonicalPerson;
/** What the systems hold of somebody and nobody else's row does. */
export const amount = (n: number) => `9.77${digits(n).slice(0, 1)}.${digits(n).slice(1)},25`;
export const surname = (n: number) => `Marked${digits(n)}`;

function digits(n: number): string {
  return String(n).padStart(4, "0");
}

export async function startThousand(): Promise<Thousand> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft thousand "));
  const contracts = path.join(folder, "contracts");
  await writeContracts(contracts);
  const orvanda = await startOrvanda({ contracts, people: 500 });
  await enterPeople(orvanda);
  const postgres = Number(new URL(orvanda.superuserUrl("postgres")).port);
  const wires = {
    cash: await tapDatabase(postgres),
    civil: await tapDatabase(postgres),
    disability: await tapService(orvanda.urls.disability),
  };
  const adapter = adapterBehind(wires, orvanda);
  await orvanda.stopApp("adapter");
  await adapter.start();
  await consent(orvanda);
  return {
    orvanda,
    contracts,
    adapter,
    wires,
    async stop() {
      await adapter.stop();
      await orvanda.stop();
      for (const wire of Object.values(wires)) await wire.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The network's own adapter with three addresses changed. */
function adapterBehind(wires: Thousand["wires"], { dataDir, urls }: Orvanda): AppProcess {
  const env = parseEnv(readFileSync(path.join(dataDir, "keys", "adapter.env"), "utf8")) as Record<string, string>;
  const through = (url: string, port: number) => Object.assign(new URL(url), { port: String(port) }).href;
  return createApp({
    name: "adapter",
    script: "bin/adapter.js",
    ready: "/health/ready",
    port: Number(new URL(urls.adapter).port),
    logFile: path.join(dataDir, "logs", "adapter-behind-wires.log"),
    env: {
      ...env,
      CASH_DB_URL: through(env["CASH_DB_URL"]!, wires.cash.port),
      CIVIL_DB_URL: through(env["CIVIL_DB_URL"]!, wires.civil.port),
      DISABILITY_API_URL: wires.disability.url,
    },
  });
}

/** Copies Orvanda's contracts, adds what this test needs of them, and signs them anew with the sandbox's keys. */
async function writeContracts(dir: string): Promise<void> {
  cpSync(defaultContracts, dir, { recursive: true });
  const authorityKey = sandboxKey("authority-1").publicJwk;
  const { version } = await loadContracts(dir, { authorityKey, compose: false });
  addConsentAgreements(dir);
  await signSandboxContracts(dir, version + 1);
}

async function enterPeople(orvanda: Orvanda): Promise<void> {
  await asSuperuser(orvanda, "cashxfer", async (client) => {
    await client.query("update penerima_mst set kd_kab = '0102' where kd_kab = '0101'");
    await client.query(
      `insert into penerima_mst (no_peserta, nik, nm_lengkap, kd_kab, sts_peserta, tgl_daftar, jml_bantuan, sumber, sts_rec, tgl_ubah)
       select no, nik, 'X', '0101', '1', '20240101', amount, 'V', 'A', '20261101' from unnest($1::text[], $2::text[], $3::text[]) as t(no, nik, amount)`,
      [people.map((n) => value(cashNo(n))), people.map((n) => spelt(value(nid(n)))), people.map(amount)],
    );
    await client.query("analyze penerima_mst");
  });
  await asSuperuser(orvanda, "civil", async (client) => {
    await client.query(
      `insert into person (person_id, national_id, given_names, family_name, sex, record_origin, updated_on)
       select 900000 + n, nid, 'A', name, 'F', 'R', '2026-11-01' from unnest($1::int[], $2::text[], $3::text[]) as t(n, nid, name)`,
      [people, people.map((n) => value(nid(n))), people.map(surname)],
    );
    await client.query("analyze person");
  });
  const cases = people.map((n) => ({
    caseNo: value(disabilityNo(n)),
    holder: { nin: value(nid(n)) },
    assessment: { level: "L3", assessedOn: "01/02/2024" },
    standing: { code: "OPEN", from: "01/02/2024" },
    review: { changedOn: "01/11/2026", evidence: "panel" },
  }));
  appendFileSync(orvanda.files.disabilityCases, cases.map((one) => `${JSON.stringify(one)}\n`).join(""));
  await orvanda.stopApp("disability");
  await orvanda.startApp("disability");
}

export function value(person: CanonicalPerson): string {
  return person.slice(person.indexOf(":") + 1);
}

function spelt(number: string): string {
  return `${number.slice(0, 4)}.${number.slice(4, 7)}.${number.slice(7)}`;
}

const referral = ["referral" as PurposeCode];
const fields = (...names: string[]) => names as Coordinate[];

/** At each of the three ministries. One in ten who consent are known to it by its own number only: a second number is the same person. */
async function consent({ consents }: Orvanda): Promise<void> {
  const give = (person: CanonicalPerson, recipient: string, coordinates: Coordinate[]) =>
    consents.giveConsent({ person, recipient: `org:${recipient}` as OrgId, purposes: referral, coordinates });
  for (const n of consenting) {
    const second = n % 10 === 2;
    await give(second ? cashNo(n) : nid(n), "clinic", listFields);
    await give(nid(n), "cash", fields("Person.identity", "Identity.fullName"));
    await give(second ? disabilityNo(n) : nid(n), "cash", levelFields);
  }
  for (const n of restricted) {
    const kind = n % 200 === 9 ? "protection" : "objection";
    for (const provider of ["cash", "civil", "disability"])
      await consents.restrict({ person: nid(n), provider: `org:${provider}` as OrgId, kind });
  }
}

export const listFields = fields(
  "Query.cashTransferEnrolments",
  "CashTransferEnrolment.person",
  "CashTransferEnrolment.status",
  "CashTransferEnrolment.monthlyAmount",
);
export const levelFields = fields("Person.disability", "DisabilityEnrolment.assessedLevel");

/** Asks until it is so: a consent takes a second or two to reach an adapter. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let patience = 60; patience > 0; patience--) {
    if (await isSo()) return;
    await sleep(500);
  }
  throw new Error(`It did not come to be: ${what}.`);
}
