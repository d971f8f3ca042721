import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { editionOf, orvanda } from "../country/country.js";
import { type PostgresServer, startPostgres } from "../postgres.js";
import { cashTransfer } from "./cash-transfer.js";
import { civilRegister } from "./civil.js";
import { grantReadOnly, loadDatabase } from "./database.js";

const country = orvanda(1200);
const dataDir = mkdtempSync(path.join(tmpdir(), "weft db "));
let postgres: PostgresServer;

const superuser = (database: string) => postgres.superuserUrl(database);
const load = (mis: typeof civilRegister, of = country) =>
  loadDatabase(mis, superuser, of.prf, () => of.persons(), editionOf(of));

async function query<T extends pg.QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text, values)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  postgres = await startPostgres({ dataDir });
  for (const mis of [civilRegister, cashTransfer]) {
    await postgres.createDatabase(mis.database);
    expect(await load(mis)).toBe(true);
  }
});

afterAll(async () => {
  await postgres?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("the same country is not loaded twice; another one replaces it", async () => {
  expect(await load(civilRegister)).toBe(false);
  expect(await load(civilRegister, orvanda(600))).toBe(true);
  const [{ n } = { n: 0 }] = await query<{ n: number }>(
    postgres.superuserUrl("civil"),
    "select count(*)::int as n from person",
  );
  expect(n).toBeLessThan(600);
  expect(await load(civilRegister)).toBe(true);
});

test("the two registers speak of one applicant in different words", async () => {
  const { nid } = country.person(1);
  const civil = await query(
    postgres.superuserUrl("civil"),
    "select given_names, date_of_birth::text, residence_district from person where national_id = $1",
    [nid],
  );
  expect(civil).toEqual([{ given_names: "Amara", date_of_birth: "1959-03-14", residence_district: "D0307" }]);
  const cash = await query(
    postgres.superuserUrl("cashxfer"),
    "select no_peserta, nm_lengkap, tgl_lahir, kd_kab, sts_peserta, jml_bantuan from penerima_mst where replace(nik, '.', '') = $1",
    [nid],
  );
  expect(cash).toEqual([
    {
      no_peserta: "C01000001",
      nm_lengkap: "TESSEL AMARA",
      tgl_lahir: "19590314",
      kd_kab: "0307",
      sts_peserta: "1",
      jml_bantuan: "412,50",
    },
  ]);
});

test("the adapter's user reads the mapped columns and nothing else", async () => {
  const url = await grantReadOnly(cashTransfer, superuser);
  expect(await query(url, "select no_peserta, skor_pmt from penerima_mst limit 2")).toHaveLength(2);
  for (const forbidden of [
    "select nm_lengkap from penerima_mst limit 1",
    "select * from penerima_mst limit 1",
    "update penerima_mst set kd_kab = '0101'",
    "create table t (a int)",
  ]) {
    await expect(query(url, forbidden)).rejects.toThrow(/permission denied|read-only/);
  }
  const elsewhere = new URL(url);
  elsewhere.pathname = "/civil";
  await grantReadOnly(civilRegister, superuser);
  await expect(query(elsewhere.href, "select 1")).rejects.toThrow(/permission denied/);
});

test("no column is readable that no adapter maps", () => {
  for (const [mis, folder] of [
    [civilRegister, "civil"],
    [cashTransfer, "cash"],
  ] as const) {
    const yaml = readFileSync(
      path.join(import.meta.dirname, `../../../../contracts/subgraphs/${folder}/adapter.yaml`),
      "utf8",
    );
    for (const column of Object.values(mis.readable).flat()) expect(yaml).toMatch(new RegExp(`\\b${column}\\b`));
  }
});
