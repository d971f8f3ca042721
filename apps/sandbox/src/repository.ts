import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root: the nearest folder above with a package.json, from a built file as from its source. */
export const repository = rootAbove(path.dirname(fileURLToPath(import.meta.url)));

/** The sandbox spawns what was built, also when its own source is run by a test. */
export const built = path.join(repository, "dist");

function rootAbove(folder: string): string {
  const above = path.dirname(folder);
  return existsSync(path.join(folder, "package.json")) || above === folder ? folder : rootAbove(above);
}
