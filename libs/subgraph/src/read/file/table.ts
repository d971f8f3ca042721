import { WeftError } from "#libs/terms";
import type { Texts } from "../source.js";

/** A register file's rows, mapped columns only. Empty cells are null. */
export interface FileTable {
  readonly rows: readonly Texts[];
  /** Rows that could not be used. */
  readonly errors: number;
  readonly modified: Date;
}

/** A file that is not (or not yet) a register: the last good one stays. */
export class NotARegister extends Error {
  override readonly name = "NotARegister";
}

/** Collects records into rows of the wanted columns, from the header on. */
export interface RowCollector {
  /** One record, counted from 1 as the file does; empty cells null. */
  add(number: number, cells: readonly (string | null)[]): void;
  /** A record that the parser itself gave up on. */
  skip(): void;
  finish(): { readonly rows: readonly Texts[]; readonly errors: number; readonly width: number };
}

export function rowCollector(headerRow: number, columns: ReadonlySet<string>): RowCollector {
  const rows: Texts[] = [];
  let errors = 0;
  let width = 0;
  let wanted: readonly (readonly [string, number])[] | undefined;
  return {
    add(number, cells) {
      if (number < headerRow) return;
      if (number === headerRow) {
        wanted = header(cells, columns);
        width = cells.length;
      } else if (wanted && cells.some((cell) => cell !== null && cell.trim() !== "")) {
        if (cells.length > width) errors++;
        else rows.push(Object.fromEntries(wanted.map(([name, at]) => [name, cells[at] ?? null])));
      }
    },
    skip: () => errors++,
    finish() {
      if (!wanted) throw new NotARegister("no header row");
      return { rows, errors, width };
    },
  };
}

function header(
  cells: readonly (string | null)[],
  columns: ReadonlySet<string>,
): readonly (readonly [string, number])[] {
  const names = cells.map((cell) => cell?.replace(/^\uFEFF/, "").trim());
  const wanted = [...columns].map((name) => [name, names.indexOf(name)] as const);
  const missing = wanted.filter(([, at]) => at < 0).length;
  if (missing > 0) throw new NotARegister(`${missing} of the mapped columns are not in the header`);
  return wanted;
}

export function noRegister(): WeftError {
  return new WeftError("SOURCE_UNAVAILABLE", { detail: "no readable register file", retryAfter: 30 });
}
