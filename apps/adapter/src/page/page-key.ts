import { createHash, timingSafeEqual } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { random16 } from "#libs/terms";

/**
 * Who may read the state folder may look and switch: the key is new with each start and stands in a file that only the adapter's own
 * account can read.
 */
export const PAGE_FILE = "page.json";

export function drawKey(): string {
  return random16() + random16();
}

/** `url` holds the key. The returned function takes the file away. */
export function writePageFile(stateDir: string, url: string): () => void {
  const file = path.join(stateDir, PAGE_FILE);
  // Whoever waits for it reads it whole or not at all.
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, JSON.stringify({ url }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return () => rmSync(file, { force: true });
}

/** Takes as long whatever was said. */
export function isKey(said: string | undefined, key: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return said !== undefined && timingSafeEqual(digest(said), digest(key));
}
