import { stat } from "node:fs/promises";
import type { Texts } from "../source.js";
import { NotARegister, rowCollector } from "./table.js";

export interface XlsxForm {
  readonly sheet?: string | undefined;
  readonly headerRow: number;
}

/** Streams one sheet. A file that is not whole is no ZIP archive: `NotARegister`. */
export async function readXlsx(
  path: string,
  form: XlsxForm,
  columns: ReadonlySet<string>,
): Promise<{ rows: readonly Texts[]; errors: number }> {
  await stat(path);
  const { default: excel } = await import("exceljs");
  const collector = rowCollector(form.headerRow, columns);
  try {
    const reader = new excel.stream.xlsx.WorkbookReader(path, {
      worksheets: "emit",
      sharedStrings: "cache",
      styles: "cache",
      hyperlinks: "ignore",
      entries: "emit",
    });
    let found = false;
    for await (const sheet of reader) {
      // The reader's types leave out the sheet's name.
      const { name } = sheet as unknown as { readonly name: string };
      const wanted: boolean = !found && (form.sheet === undefined || name === form.sheet);
      found ||= wanted;
      for await (const row of sheet) if (wanted) collector.add(row.number, cellsOf(row.values));
    }
    if (!found) throw new NotARegister("no such sheet");
  } catch (error) {
    throw error instanceof NotARegister ? error : new NotARegister("not well-formed XLSX");
  }
  return collector.finish();
}

/** exceljs counts cells from 1 and leaves holes. */
function cellsOf(values: unknown): readonly (string | null)[] {
  return Array.isArray(values) ? Array.from(values.slice(1), cellText) : [];
}

function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/, "");
  if (typeof value !== "object") return `${value as string | number | boolean}`;
  const cell = value as {
    readonly result?: unknown;
    readonly text?: unknown;
    readonly richText?: readonly { readonly text: string }[];
  };
  if (cell.richText) return cell.richText.map((part) => part.text).join("");
  return cellText(cell.result ?? cell.text);
}
