import Table from "cli-table3";
import type { Trial, TrialRelease } from "#libs/subgraph";
import type { OrgId } from "#libs/terms";
import type { Names } from "#libs/review";

/** The raw rows of one ministry, then what the consumer would get of them, purpose by purpose. */
export function trialInWords(provider: OrgId, consumer: OrgId, trial: Trial, names: Names): string {
  const who = names.organisation(consumer);
  return [
    `${names.organisation(provider)}: as it stands in the system`,
    ...(trial.raw.length === 0
      ? ["  nothing under this key"]
      : trial.raw.map(({ table, row }) => rowTable(table, row))),
    ...(trial.released.length === 0 ? [`${who} has no agreement with this ministry and gets nothing.`] : []),
    ...trial.released.flatMap((release) => releaseInWords(release, who, names)),
    "",
  ].join("\n");
}

function rowTable(name: string, row: Readonly<Record<string, string | null>>): string {
  const table = plainTable([name, ""]);
  for (const [column, value] of Object.entries(row)) table.push([column, value ?? "(null)"]);
  return table.toString();
}

function releaseInWords(release: TrialRelease, who: string, names: Names): string[] {
  const { purpose, basis, agreement, version, inForce } = release;
  const ground = `${basis.toLowerCase().replaceAll("_", " ")}, ${agreement} version ${version}`;
  const heading = `What ${who} would get for "${names.purpose(purpose)}" (${ground})`;
  if (!inForce) return [`${heading}: nothing; the agreement is not in force.`];
  const refused = new Map(release.errors.map(({ path, message }) => [nameOf(path), message]));
  const table = plainTable(["field", "value"]);
  for (const [path, value] of leavesOf(release.data, []))
    table.push([nameOf(path), value === null ? (reasonFor(path, refused) ?? "(none recorded)") : print(value)]);
  const skipped = release.skipped.map((coordinate) => names.field(coordinate));
  return [
    heading,
    table.toString(),
    ...(skipped.length === 0 ? [] : [`  not tried, they need an argument of the asker's own: ${skipped.join(", ")}`]),
  ];
}

type Path = readonly (string | number)[];

function leavesOf(value: unknown, path: Path): (readonly [Path, unknown])[] {
  if (typeof value !== "object" || value === null) return path.length === 0 ? [] : [[path, value]];
  const members: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}

/** Of a null: its own error, or that of what it stands in. */
function reasonFor(path: Path, refused: ReadonlyMap<string, string>): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const reason = refused.get(nameOf(path.slice(0, length)));
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Without the entity list that every fetch of one person stands in. */
function nameOf(path: Path): string {
  const own = path[0] === "_entities" ? path.slice(2) : path;
  return own.join(".");
}

function print(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function plainTable(head: string[]) {
  return new Table({ head, style: { head: [], border: [], compact: true } });
}
