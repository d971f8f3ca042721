import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import {
  entriesPath,
  originOf,
  parseCheckpoint,
  parseNote,
  type ReadLogFile,
  tilePath,
  widthOfLevel,
  TILE_WIDTH,
} from "#libs/access-log";
import { WeftError } from "#libs/terms";
import { z } from "zod";
import { UsageError } from "./places.js";

/** A record with what it discloses, as the log's private side shows it. Null once that is erased. */
export const shownRecord = z.object({ jwt: z.string(), disclosures: z.array(z.string()).nullable() });
export type ShownRecord = z.infer<typeof shownRecord>;

const keptRecord = shownRecord.extend({ index: z.int().min(0) });

/**
 * A log in a folder, at the paths of c2sp.org/tlog-tiles, and beside them what only Weft has:
 *
 *     checkpoint   tile/<level>/<index>   tile/entries/<index>   records.jsonl
 */
export function folderReader(dir: string): ReadLogFile {
  return async (name) => {
    const file = path.join(dir, name);
    return existsSync(file) ? readFile(file) : undefined;
  };
}

export async function readCheckpointFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new UsageError(`There is no checkpoint ${file}.`);
  }
}

/** The records of a folder in its order; none where it has none. Throws UsageError at a line that is no record. */
export async function* recordsIn(dir: string): AsyncGenerator<z.infer<typeof keptRecord>> {
  const file = path.join(dir, "records.jsonl");
  if (!existsSync(file)) return;
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity })) {
    line += 1;
    const read = keptRecord.safeParse(parseJson(text));
    if (!read.success) throw new UsageError(`Line ${line} of ${file} is not a record.`);
    yield read.data;
  }
}

/** Records fetched together. */
const AT_ONCE = 32;

/** Fetches a log as it is shown now into a folder; full tiles that are there are not fetched again. */
export async function exportLog(dir: string, url: string): Promise<number> {
  const note = (await get(url, "checkpoint"))?.toString("utf8");
  if (note === undefined) throw new WeftError("RECORD_UNAVAILABLE", { message: "The access log shows no checkpoint." });
  const { text } = parseNote(note);
  const { size } = parseCheckpoint(text);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of filesOf(size)) await copyFile(url, dir, name);
  const records = await copyRecords(url, dir, size);
  await writeFile(path.join(dir, "checkpoint"), note);
  console.log(
    `${size} entries of ${originOf(text)}, ${records === 0 ? "without" : "with"} their records, are in ${dir}.`,
  );
  return 0;
}

function filesOf(size: number): string[] {
  const files: string[] = [];
  for (let tile = 0; tile * TILE_WIDTH < size; tile += 1) files.push(entriesPath(tile, size));
  for (let level = 0; widthOfLevel(level, size) > 0; level += 1)
    for (let tile = 0; tile * TILE_WIDTH < widthOfLevel(level, size); tile += 1)
      files.push(tilePath(level, tile, size));
  return files;
}

async function copyFile(url: string, dir: string, name: string): Promise<void> {
  const file = path.join(dir, name);
  if (existsSync(file)) return;
  const bytes = await get(url, name);
  if (!bytes) throw new WeftError("RECORD_UNAVAILABLE", { message: `The access log does not show ${name}.` });
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  // An export that is interrupted leaves no half of a tile, which would be taken for an altered one.
  await writeFile(`${file}.new`, bytes);
  await rename(`${file}.new`, file);
}

/** A log that does not open its records to us has none for us. */
async function copyRecords(url: string, dir: string, size: number): Promise<number> {
  const file = path.join(dir, "records.jsonl");
  const out = await open(`${file}.new`, "w", 0o600);
  let written = 0;
  try {
    while (written < size) {
      const indices = Array.from({ length: Math.min(AT_ONCE, size - written) }, (_, at) => written + at);
      const records = await Promise.all(indices.map((index) => get(url, `review/record/${index}`)));
      const there = records.filter((bytes) => bytes !== undefined);
      const lines = there.map((bytes, at) => {
        const { jwt, disclosures } = shownRecord.parse(JSON.parse(bytes.toString("utf8")));
        return `${JSON.stringify({ index: written + at, jwt, disclosures })}\n`;
      });
      await out.write(lines.join(""));
      written += there.length;
      if (there.length < records.length) break;
    }
  } finally {
    await out.close();
  }
  await rename(`${file}.new`, file);
  return written;
}

async function get(url: string, name: string): Promise<Buffer | undefined> {
  let response: Response;
  try {
    response = await fetch(`${url}/${name}`, { signal: AbortSignal.timeout(10_000) });
  } catch {
    throw new WeftError("RECORD_UNAVAILABLE", { message: "The access log does not answer." });
  }
  if (response.status === 404) return undefined;
  if (!response.ok)
    throw new WeftError("RECORD_UNAVAILABLE", { message: `The access log answered ${response.status}.` });
  return Buffer.from(await response.arrayBuffer());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
