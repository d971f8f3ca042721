import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { RegisterHead } from "#libs/consent";
import { type Digest, WeftError } from "#libs/terms";
import { z } from "zod";

const Noted = z.strictObject({ size: z.int().min(0), chain: z.string() });

/** How long the register was, kept apart from its database: one that was restored from an older copy is then noticed. */
export interface NotedHead {
  read(): RegisterHead | undefined;
  /** Throws REGISTER_DAMAGED, and keeps what it knows, where the register is shorter than it was, or another one of the same length. */
  raise(head: RegisterHead): void;
}

export function notedHead(folder: string, name: string): NotedHead {
  const file = path.join(folder, name);
  const read = (): RegisterHead | undefined => {
    if (!existsSync(file)) return undefined;
    const { size, chain } = Noted.parse(JSON.parse(readFileSync(file, "utf8")));
    return { size, chain: chain as Digest };
  };
  let highest = read();
  return {
    read,
    raise(head) {
      const { size = -1, chain } = highest ?? {};
      if (head.size === size && head.chain === chain) return;
      if (head.size <= size)
        throw new WeftError("REGISTER_DAMAGED", {
          detail: `the register in the database is not what ${name} says it was`,
        });
      writeFileSync(`${file}.new`, JSON.stringify(head), { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
      highest = head;
    },
  };
}
