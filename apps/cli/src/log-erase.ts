import { readFileSync } from "node:fs";
import { type Erasure, openEraser, subjectRefForm } from "#libs/access-log";
import { UsageError } from "./places.js";

export interface EraseOptions {
  /** A file with the address of the log's database, as an account that is a member of `weft_log_retention`. */
  readonly database: string;
  readonly record?: readonly number[];
  /** A file with the references of one person, one a line: they are not for a shell's history. */
  readonly person?: string;
  readonly before?: string;
}

/** Erases what records disclose. The log records the run first; while it does not, nothing is erased. */
export async function eraseDisclosures(options: EraseOptions): Promise<number> {
  const erasure = erasureOf(options);
  const eraser = await openEraser(readText(options.database));
  try {
    const erased = await eraser.erase(erasure);
    console.log(
      erased === 0 ? "There is nothing to erase." : `Erased in ${erased} records. The log has a record of the run.`,
    );
    return 0;
  } finally {
    await eraser.close();
  }
}

/** Exactly one of the three. */
export function erasureOf({ record, person, before }: Omit<EraseOptions, "database">): Erasure {
  const wanted: Erasure[] = [
    ...(record === undefined ? [] : [{ class: "record" as const, indexes: record }]),
    ...(person === undefined ? [] : [{ class: "person" as const, subjects: readRefs(person) }]),
    ...(before === undefined ? [] : [{ class: "retention" as const, before: `${before}-01` }]),
  ];
  const [only, ...others] = wanted;
  if (!only || others.length > 0) throw new UsageError("Name one: --record, --person or --before.");
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
