import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orvanda } from "../country/country.js";
import { findMariadb, type MariadbServer, startMariadb } from "../mariadb.js";
import { healthDatabase, healthReadable } from "./health.js";
import { openHealthDatabase } from "./health-database.js";

const country = orvanda(600);
const amara = country.person(1);
const folder = mkdtempSync(path.join(tmpdir(), "weft health "));
let server: MariadbServer;
let adapterUrl: string;

async function query(url: string, text: string, values: readonly string[] = []): Promise<object[]> {
  const connection = await createConnection({ uri: url, charset: "utf8mb4" });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(text, [...values]);
    return rows.map((row) => ({ ...row }));
  } finally {
    await connection.end();
  }
}

async function execute(url: string, text: string, value: string): Promise<void> {
  const connection = await createConnection({ uri: url });
  await connection.query(text, [value]);
  await connection.end();
}

describe.runIf(findMariadb() !== undefined || process.env["CI"])("the clinics' patient system", () => {
  beforeAll(async () => {
    server = await startMariadb({ dataDir: path.join(folder, "mariadb") });
    adapterUrl = await openHealthDatabase(server.superuserUrl, country);
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("holds the applicant in its own words, and some rows only as deleted", async () => {
    const owner = server.superuserUrl(healthDatabase);
    const columns = "NM_PASIEN, TGL_LHR, KD_BEBAS, TGL_BEBAS, STS_REC";
    expect(await query(owner, `select ${columns} from PASIEN_MST where NO_KTP = ?`, [amara.nid!])).toEqual([
      { NM_PASIEN: "TESSEL, AMARA", TGL_LHR: "19590314", KD_BEBAS: "07", TGL_BEBAS: "20221017", STS_REC: "A" },
    ]);
    const [counts] = await query(
      owner,
      "select count(*) > 200 as many, sum(STS_REC = 'D') > 0 as deleted, sum(CATATAN like 'CANARYREMARK%') as canaries from PASIEN_MST",
    );
    expect(counts).toMatchObject({ many: 1, deleted: 1, canaries: "50" });
    const tables = await query(
      owner,
      "select distinct table_collation as it from information_schema.tables where table_schema = ?",
      [healthDatabase],
    );
    expect(tables).toEqual([{ it: "latin1_swedish_ci" }]);
  });

  test("is not filled twice with the same country, and the adapter's password is new each time", async () => {
    const owner = server.superuserUrl(healthDatabase);
    await execute(owner, "update PASIEN_MST set CATATAN = 'kept' where NO_KTP = ?", amara.nid!);
    const again = await openHealthDatabase(server.superuserUrl, country);
    expect(again).not.toBe(adapterUrl);
    expect(await query(owner, "select CATATAN from PASIEN_MST where NO_KTP = ?", [amara.nid!])).toEqual([
      { CATATAN: "kept" },
    ]);
    adapterUrl = again;
  });

  test("lets the adapter read the mapped columns and nothing else", async () => {
    expect(await query(adapterUrl, "select NO_RM, KD_BEBAS from PASIEN_MST limit 2")).toHaveLength(2);
    for (const forbidden of [
      "select NM_PASIEN from PASIEN_MST limit 1",
      "select * from PROGRAM_TR limit 1",
      "update PASIEN_MST set KD_BEBAS = '01'",
      "select * from mysql.user",
    ])
      await expect(query(adapterUrl, forbidden)).rejects.toThrow(/denied/);
  });

  test("no column is readable that the mapping does not name", () => {
    const mapping = path.join(import.meta.dirname, "../../../../contracts/subgraphs/health/adapter.yaml");
    const yaml = readFileSync(mapping, "utf8");
    for (const column of Object.values(healthReadable).flat()) expect(yaml).toMatch(new RegExp(`\\b${column}\\b`));
  });
});
