import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type KeptRecord, readEntry } from "#libs/access-log";
import { type Change, changesBetween, type Contracts, loadContracts } from "#libs/contracts";
import { type Names, namesOf } from "#libs/review";
import { recordsIn } from "./log-folder.js";
import { UsageError } from "./places.js";

/** How often each field was asked for under each agreement, in the days before the newest record of a log. */
export interface Usage {
  readonly until: Date;
  readonly times: ReadonlyMap<string, number>;
}

const DAYS = 30;
const MOST_SHOWN = 200;

/** What a version takes and gives, beside another one: a folder, or what git has by that name. */
export async function changesAgainst(
  contracts: Contracts,
  against: string,
  authorityKey: Parameters<typeof loadContracts>[1]["authorityKey"],
): Promise<readonly Change[]> {
  const isFolder = existsSync(against) && statSync(against).isDirectory();
  const dir = isFolder ? against : fromGit(contracts.dir, against);
  try {
    return changesBetween(await loadContracts(dir, { authorityKey, compose: false }), contracts);
  } finally {
    if (!isFolder) rmSync(dir, { recursive: true, force: true });
  }
}

function fromGit(dir: string, ref: string): string {
  if (ref.startsWith("-")) throw new UsageError(`${ref} is neither a folder nor a name that git knows.`);
  const copy = mkdtempSync(path.join(tmpdir(), "weft contracts "));
  try {
    const archive = execFileSync("git", ["-C", dir, "archive", ref, "."], {
      maxBuffer: 256 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    });
    execFileSync("tar", ["-x", "-C", copy], { input: archive, stdio: ["pipe", "ignore", "ignore"] });
    return copy;
  } catch {
    rmSync(copy, { recursive: true, force: true });
    throw new UsageError(`${ref} is neither a folder nor a version of ${dir} that git has.`);
  }
}

/** Counted from a folder by `weft log export`, which shows what the log opened to whoever fetched it. */
export async function usageIn(dir: string): Promise<Usage> {
  const seen: { readonly at: Date; readonly keys: readonly string[] }[] = [];
  for await (const { index, jwt, disclosures } of recordsIn(dir)) {
    const { kind, sections, at } = entryOf({ index, jwt, disclosures: disclosures ?? [] });
    if (kind !== "intent") continue;
    const keys = sections.flatMap(({ agreement, coordinates }) => coordinates.map((it) => `${agreement} ${it}`));
    seen.push({ at, keys: [...keys, ...sections.map(({ agreement }) => agreement)] });
  }
  if (seen.length === 0) throw new UsageError(`${dir} holds no records: the log opened none to whoever exported it.`);
  const until = new Date(Math.max(...seen.map(({ at }) => at.getTime())));
  const times = new Map<string, number>();
  for (const { at, keys } of seen) {
    if (until.getTime() - at.getTime() > DAYS * 86_400_000) continue;
    for (const key of new Set(keys)) times.set(key, (times.get(key) ?? 0) + 1);
  }
  return { until, times };
}

/** A record says itself when it was issued. */
function entryOf(record: Pick<KeptRecord, "index" | "jwt"> & { readonly disclosures: readonly string[] }) {
  const [, payload = ""] = record.jwt.split(".");
  const { iat } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { iat: number };
  return readEntry({ ...record, at: new Date(iat * 1000) });
}

/** One line a change, in the order of the agreements; the last line says how many take something. */
export function changesInWords(changes: readonly Change[], contracts: Contracts, usage: Usage | undefined): string {
  if (changes.length === 0) return "Nothing changes for anybody.";
  const names = namesOf(contracts, "en");
  const groups = Map.groupBy(changes, ({ agreement }) => agreement);
  const lines = [...groups.values()].flatMap((some) => {
    const { agreement, version, provider, consumer } = some[0]!;
    return [
      `${agreement}, version ${version}: ${names.organisation(provider)} to ${names.organisation(consumer)}`,
      ...some.map((change) => `  ${marks[change.effect]} ${sentenceOf(change, names)}${usedIn(change, names, usage)}`),
    ];
  });
  const taken = changes.filter(({ effect }) => effect === "takes").length;
  const shown = lines.slice(0, MOST_SHOWN);
  const more = lines.length > shown.length ? [`… and ${lines.length - shown.length} lines more`] : [];
  return [...shown, ...more, "", `${taken} of ${changes.length} changes take something from a consumer.`].join("\n");
}

const marks = { takes: "takes ", gives: "gives ", renews: "renews" } as const;

function sentenceOf({ effect, of, purpose, coordinate, before, after }: Change, names: Names): string {
  const what = coordinate === undefined ? "" : `${names.field(coordinate)} (${coordinate})`;
  const where = purpose === undefined ? "" : ` for "${names.purpose(purpose)}"`;
  const between = before === undefined || after === undefined ? "" : `: ${before} becomes ${after}`;
  const goes = effect === "takes" ? "leaves" : "comes into";
  if (of === "agreement") return effect === "takes" ? "the agreement is gone" : "the agreement is new";
  if (of === "grant") return `the purpose${where} ${goes} the agreement`;
  if (of === "field" || of === "filter") return `${of} ${what}${where} ${goes} the agreement`;
  if (of === "operation")
    return `the operation ${before ?? after} ${effect === "takes" ? "is refused" : "is registered"}`;
  if (of === "meaning")
    return what === ""
      ? "a granted field means something else; both signed anew"
      : `the meaning of ${what}${where}${between}`;
  return `${of}${what === "" ? "" : ` of ${what}`}${where}${between}`;
}

function usedIn(
  { effect, of, agreement, consumer, coordinate }: Change,
  names: Names,
  usage: Usage | undefined,
): string {
  if (usage === undefined || effect !== "takes") return "";
  const key =
    of === "field" ? `${agreement} ${coordinate}` : of === "agreement" || of === "state" ? agreement : undefined;
  if (key === undefined) return "";
  const times = (usage.times.get(key) ?? 0).toLocaleString("en");
  const day = usage.until.toISOString().slice(0, 10);
  return `; ${names.organisation(consumer)} asked for it ${times} times in the ${DAYS} days to ${day}`;
}
