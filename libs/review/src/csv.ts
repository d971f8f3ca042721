import type { Hit } from "./api.js";

/**
 * A list for a spreadsheet: one row per ministry of each record. Every cell is quoted, and none begins as a formula does: what a
 * caller once wrote into a case reference is read, never run.
 */
export function csvOf(hits: readonly Hit[]): string {
  const rows = hits.flatMap((hit) =>
    hit.sections.length === 0 ? [rowOf(hit)] : hit.sections.map((it) => rowOf(hit, it)),
  );
  return `\ufeff${[columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

const columns = [
  "record",
  "time",
  "kind",
  "access",
  "consumer",
  "client",
  "officer",
  "purpose",
  "case",
  "provider",
  "agreement",
  "version",
  "basis",
  "fields",
  "persons",
  "names the person",
  "refused fields",
  "refused",
  "outcome",
] as const;

type Row = readonly (string | number | boolean | undefined)[];

function rowOf({ caller, denied, refused, outcome, ...hit }: Hit, section?: Hit["sections"][number]): Row {
  return [
    hit.index,
    hit.at,
    hit.kind,
    hit.access,
    caller?.consumer,
    caller?.client,
    caller?.officer,
    caller?.purpose,
    caller?.case,
    section?.provider,
    section?.agreement,
    section?.version,
    section?.basis,
    section?.coordinates.join(" "),
    section?.persons,
    section?.namesPerson,
    denied.map(({ coordinate, code }) => `${coordinate} ${code}`).join(" "),
    refused?.code,
    outcome?.status,
  ];
}

/** Spreadsheets trim before they look, and some read wide forms as the plain ones. */
const beginsAsFormula = /^[\s\p{C}]*[=+\-@|%＝＋－＠]|^[\t\r\n]/u;

export function cell(value: Row[number]): string {
  const text = String(value ?? "");
  return `"${(beginsAsFormula.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
