import { accessSync, constants } from "node:fs";
import path from "node:path";
import type { AccountReport } from "./report.js";

/** A file has no accounts: what this process may do to it, and to the folder that could hold another under its name. Root may do anything anyway. */
export function sqliteAccount(file: string, isRoot = process.getuid?.() === 0): AccountReport {
  const may = (place: string) => {
    try {
      accessSync(place, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  };
  const places: readonly (readonly [string, string])[] = [
    [file, "may write the database's file"],
    [path.dirname(file), "may put another file in its place"],
  ];
  return {
    powers: isRoot ? [] : places.filter(([place]) => may(place)).map(([, words]) => words),
    tables: [],
    indexes: [],
  };
}
