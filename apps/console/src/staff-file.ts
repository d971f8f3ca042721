import { readFileSync } from "node:fs";
import { z } from "zod";
import type { StaffDirectory } from "#libs/review";
import { modeProblem } from "#libs/server";
import { WeftError } from "#libs/terms";

const form = z.record(z.string().regex(/^org:/), z.record(z.string().regex(/^officer:/), z.string().min(1).max(64)));

/**
 * A house's own list, on its own machine: `{"org:welfare": {"officer:8c1": "W-1042"}}`. Read when somebody has been allowed to know, and not
 * kept. Without a file nobody's number is here: the house looks it up by the pseudonym where it keeps such things.
 */
export function staffFile(file: string | undefined): StaffDirectory {
  return {
    async find(organisation, officer) {
      if (file === undefined) return undefined;
      const problem = modeProblem(file);
      if (problem !== undefined) throw new WeftError("CONFIG_INVALID", { detail: `WEFT_STAFF_FILE: ${problem}` });
      const read = form.safeParse(JSON.parse(readFileSync(file, "utf8")));
      if (!read.success)
        throw new WeftError("CONFIG_INVALID", { detail: "WEFT_STAFF_FILE does not hold what it should" });
      return read.data[organisation]?.[officer];
    },
  };
}
