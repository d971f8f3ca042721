import { WeftError } from "#libs/terms";
import { envValue } from "../read/env.js";
import { openRegister, type Register } from "../read/file/register.js";
import type { FileConfig } from "../read/source-config.js";
import { columnTests, holds, isStructured } from "../read/where.js";
import type { KeyedRows, KeyedTable } from "./keyed-rows.js";

/** The whole file is read, once for each time it changes: which rows were wanted shows nowhere. */
export function openFileRows(config: FileConfig, env: Readonly<Record<string, string | undefined>>): KeyedRows {
  const registers = new Map<string, Register>();
  const registerOf = ({ from, where, columns }: KeyedTable): Register => {
    const known = registers.get(from);
    if (known) return known;
    const file = config.files[from];
    if (file === undefined) throw new WeftError("CONTRACT_INVALID", { detail: `no file for ${from}` });
    const tested = isStructured(where) ? columnTests(where).map(({ column }) => column) : [];
    const opened = openRegister(envValue(file, env), config, new Set([...columns, ...tested]));
    registers.set(from, opened);
    return opened;
  };
  return {
    async read(table, keys) {
      const { rows } = await registerOf(table).current();
      const tests = isStructured(table.where) ? columnTests(table.where) : [];
      const wanted = new Set(keys);
      return rows.filter(
        (row) => wanted.has(row[table.key]?.trim() ?? "") && holds(tests, (column) => row[column] ?? null),
      );
    },
    close: () => Promise.resolve(),
  };
}
