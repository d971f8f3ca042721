import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { Texts } from "../source.js";
import { NotARegister, rowCollector } from "./table.js";

export interface CsvForm {
  readonly delimiter: string;
  readonly quote: string;
  readonly encoding: string;
  readonly headerRow: number;
}

/** Streams one CSV file. Throws `NotARegister` where the file breaks off: an open quote, or a last line with cells missing. */
export async function readCsv(
  path: string,
  form: CsvForm,
  columns: ReadonlySet<string>,
): Promise<{ rows: readonly Texts[]; errors: number }> {
  const { parse } = await import("csv-parse");
  const collector = rowCollector(form.headerRow, columns);
  const file = createReadStream(path);
  const decoded = Readable.toWeb(file).pipeThrough(new TextDecoderStream(form.encoding));
  const parser = parse({
    delimiter: form.delimiter,
    quote: form.quote,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: false,
    bom: true,
  });
  let end = "";
  let number = 0;
  let last = 0;
  const piping = (async () => {
    for await (const text of decoded) {
      end = text.slice(-1) || end;
      if (!parser.write(text)) await new Promise((resolve) => parser.once("drain", resolve));
    }
    parser.end();
  })();
  piping.catch((error: unknown) => parser.destroy(error as Error));
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      collector.add(
        ++number,
        record.map((cell) => (cell === "" ? null : cell)),
      );
      last = record.length;
    }
    await piping;
  } catch (error) {
    throw error instanceof NotARegister ? error : new NotARegister("not well-formed CSV");
  } finally {
    // Whoever stops in the middle leaves it open otherwise.
    file.destroy();
  }
  const { rows, errors, width } = collector.finish();
  if (end !== "\n" && end !== "\r" && last < width) throw new NotARegister("the last line breaks off");
  return { rows, errors };
}
