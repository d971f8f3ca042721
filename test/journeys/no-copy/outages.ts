import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { asSuperuser } from "../mis-reads.js";
import type { Orvanda } from "../orvanda.js";
import type { Canary } from "./fifty.js";

/** Values that a ministry's system holds against its own rules; whoever complains of one may print it. */
export const SPOILT = ["CANARYAMOUNT7", "CANARY7S", "CANARYLEVEL7", "CANARYSTATUS7", "CANARYLINE7"] as const;

/** Something that goes wrong at a ministry or on the way to it, and how it ends. */
export interface Outage {
  readonly what: string;
  /** The code that a caller then sees; none where the last good reading of a register serves. */
  readonly code?: "SOURCE_UNAVAILABLE" | "SOURCE_INVALID" | "RECORD_UNAVAILABLE";
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}

/** A register that holds what it should not. Before questions are asked: a change is written to the write-ahead log too. */
export async function spoilRegister(orvanda: Orvanda, { cashNo }: Canary): Promise<void> {
  await asSuperuser(orvanda, "cashxfer", (client) =>
    client.query(
      `update penerima_mst set jml_bantuan = '${SPOILT[0]}', tgl_daftar = '${SPOILT[1]}' where no_peserta = $1`,
      [cashNo],
    ),
  );
}

export function outagesOf(orvanda: Orvanda, canary: Canary): Outage[] {
  const { foodRegister, farmRegister } = orvanda.files;
  return [
    {
      what: "the payment provider is busy",
      code: "SOURCE_UNAVAILABLE",
      begin: () => orvanda.behave("pay", "busy"),
      end: () => orvanda.behave("pay", "ok"),
    },
    spoilFile("the food register breaks off", foodRegister, () => appendFileSync(foodRegister, brokenLine(canary))),
    spoilFile("the farm register is no workbook", farmRegister, () => writeFileSync(farmRegister, canary.name)),
    lockedTable(orvanda, "civil", "person"),
    {
      what: "the adapter is killed, and the disability programme's service",
      code: "SOURCE_UNAVAILABLE",
      begin: () => Promise.all([orvanda.kill("adapter"), orvanda.kill("disability")]),
      end: async () => {
        spoilCases(orvanda.files.disabilityCases, canary);
        await Promise.all([orvanda.startApp("adapter"), orvanda.startApp("disability")]);
      },
    },
    {
      what: "the disability programme now holds a code that nobody knows",
      code: "SOURCE_INVALID",
      begin: async () => {},
      end: async () => {},
    },
    {
      what: "the database of the log and of two ministries is killed",
      code: "RECORD_UNAVAILABLE",
      begin: () => orvanda.kill("postgres"),
      end: () => orvanda.startApp("postgres"),
    },
  ];
}

function spoilCases(file: string, { nid }: Canary): void {
  const cases = readFileSync(file, "utf8").split("\n");
  const spoilt = cases.map((line) => (line.includes(nid) ? line.replace('"L4"', `"${SPOILT[2]}"`) : line));
  writeFileSync(file, spoilt.join("\n"));
}

/** A code that nobody knows, in a row that never ends. */
function brokenLine({ nid, name, born }: Canary): string {
  return `F9999999;${nid};"${name};${born};${SPOILT[3]};"${SPOILT[4]}\r\n`;
}

function spoilFile(what: string, file: string, spoil: () => void): Outage {
  const kept = `${file}.kept`;
  return {
    what,
    begin: async () => {
      copyFileSync(file, kept);
      spoil();
    },
    end: async () => copyFileSync(kept, file),
  };
}

/** A statement that waits beyond its limit fails with its text, and its parameters if somebody prints them. */
function lockedTable(orvanda: Orvanda, database: string, table: string): Outage {
  let release = (): void => {};
  let done: Promise<unknown> = Promise.resolve();
  return {
    what: `${database} is locked`,
    code: "SOURCE_UNAVAILABLE",
    begin: () =>
      new Promise<void>((locked, failed) => {
        const held = new Promise<void>((resolve) => (release = resolve));
        done = asSuperuser(orvanda, database, async (client) => {
          await client.query(`begin; lock table ${table} in access exclusive mode`);
          locked();
          await held;
          await client.query("rollback");
        }).catch(failed);
      }),
    end: () => {
      release();
      return done;
    },
  };
}
