import { existsSync } from "node:fs";
import path from "node:path";

/** The repository's root: the nearest folder above with a package.json, from a built file as from its source. */
export const repository = rootAbove(import.meta.dirname);

/** The sandbox spawns what was built, also when its own source is run by a test. */
export const builtApps = path.join(repository, "dist", "apps");

function rootAbove(folder: string): string {
  const above = path.dirname(folder);
  return existsSync(path.join(folder, "package.json")) || above === folder ? folder : rootAbove(above);
}
