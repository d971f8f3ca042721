import { readFileSync } from "node:fs";
import { parse } from "iso8601-duration";
import { type Erasure, openEraser, subjectRefForm } from "#libs/access-log";
import type { Contracts } from "#libs/contracts";
import { loadFor } from "./log.js";
import { UsageError } from "./places.js";

export interface EraseOptions {
  /** A file with the address of the log's database, as an account that is a member of `weft_log_retention`. */
  readonly database: string;
  readonly record?: readonly number[];
  /** A file with the references of one person, one a line: they are not for a shell's history. */
  readonly person?: string;
  readonly before?: string;
  /** What agreements no longer let the log keep. */
  readonly due?: boolean;
  readonly contracts: string;
  readonly authority?: string;
  readonly language: string;
}

/** Erases what records disclose. The log records each run first; while it does not, nothing is erased. */
export async function eraseDisclosures(options: EraseOptions): Promise<number> {
  const erasures = options.due ? dueErasures((await loadFor(options)).agreements, new Date()) : [erasureOf(options)];
  const eraser = await openEraser(readText(options.database));
  try {
    for (const erasure of erasures) console.log(resultOf(erasure, await eraser.erase(erasure)));
    if (erasures.length === 0) console.log("No agreement says for how long the log keeps what it knows.");
    return 0;
  } finally {
    await eraser.close();
  }
}

function resultOf(erasure: Erasure, erased: number): string {
  const under = "agreement" in erasure && erasure.agreement !== undefined ? `${erasure.agreement}: ` : "";
  if (erased === 0) return `${under}There is nothing to erase.`;
  return `${under}Erased in ${erased} records. The log has a record of the run.`;
}

/** Agreement by agreement, by its own duty: a day that it no longer covers is gone whole. */
export function dueErasures(agreements: Contracts["agreements"], now: Date): Erasure[] {
  return agreements.flatMap(({ agreement: { agreement, duties } }) =>
    duties.records === undefined
      ? []
      : [{ class: "retention" as const, agreement, before: dayBack(duties.records, now) }],
  );
}

/** The UTC day that lies so long back. */
function dayBack(period: string, now: Date): string {
  const { years = 0, months = 0, weeks = 0, days = 0 } = parse(period);
  const day = now.getUTCDate() - 7 * weeks - days;
  return new Date(Date.UTC(now.getUTCFullYear() - years, now.getUTCMonth() - months, day)).toISOString().slice(0, 10);
}

/** Exactly one of them. */
export function erasureOf({
  record,
  person,
  before,
}: Omit<EraseOptions, "database" | "contracts" | "language" | "due">): Erasure {
  const wanted: Erasure[] = [
    ...(record === undefined ? [] : [{ class: "record" as const, indexes: record }]),
    ...(person === undefined ? [] : [{ class: "person" as const, subjects: readRefs(person) }]),
    ...(before === undefined ? [] : [{ class: "retention" as const, before: `${before}-01` }]),
  ];
  const [only, ...others] = wanted;
  if (!only || others.length > 0) throw new UsageError("Name one: --record, --person, --before or --due.");
  return only;
}

function readRefs(file: string): string[] {
  const lines = readText(file).split(/\s+/);
  const wrong = lines.findIndex((line) => !subjectRefForm.test(line));
  if (wrong >= 0) throw new UsageError(`Line ${wrong + 1} of the file is no sealed reference.`);
  return lines;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new UsageError(`The file ${file} cannot be read.`);
  }
}
