import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { RegisterHead } from "#libs/consent";
import type { Digest } from "#libs/terms";
import { z } from "zod";

const Noted = z.strictObject({ size: z.int().min(0), chain: z.string() });

/** How long the register was, kept apart from its database: one that was restored from an older copy is then noticed. */
export interface NotedHead {
  read(): RegisterHead | undefined;
  raise(head: RegisterHead): void;
}

export function notedHead(folder: string, name: string): NotedHead {
  const file = path.join(folder, name);
  return {
    read() {
      if (!existsSync(file)) return undefined;
      const { size, chain } = Noted.parse(JSON.parse(readFileSync(file, "utf8")));
      return { size, chain: chain as Digest };
    },
    raise(head) {
      writeFileSync(`${file}.new`, JSON.stringify(head), { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    },
  };
}
