import {
  entryOf,
  type PlacedEntry,
  type OutcomePart,
  type ProviderDay,
  readDisclosures,
  type Reconciliation,
  reconcile,
  RECORD_TYP,
  RecordPayload,
  type StatedDay,
  type TakenPart,
} from "#libs/access-log";
import type { Contracts } from "#libs/contracts";
import { fromB64u, parseJws } from "#libs/terms";
import { recordsIn } from "./log-folder.js";
import { assertSignedByIssuer, type LogOptions, loadFor } from "./log.js";
import { UsageError } from "./places.js";

/** What of a record counts here; nothing else of it is kept. */
interface ReadIntent extends PlacedEntry {
  readonly day: string;
  /** The access that it is a part of: its own jti, or its first record's. */
  readonly access: string;
  readonly iss: string;
  readonly audiences: readonly string[];
}

interface ReadLog {
  readonly intents: ReadIntent[];
  /** By access and writer: providers where persons were looked up. */
  readonly answered: Map<string, Set<string>>;
  readonly stated: (StatedDay & { readonly aud: string; readonly day: string })[];
}

/**
 * What each ministry's adapter said that it took on a day, held against what the log shows: that no record for a ministry is hidden from
 * those who search the log, and none is made up. The folder is verified before (`weft log verify --folder`).
 */
export async function reconcileFolder(
  folder: string,
  options: LogOptions & { readonly day?: string },
): Promise<number> {
  const contracts = await loadFor(options);
  const read = await readFolder(folder, contracts);
  if (read.intents.length === 0)
    throw new UsageError(`${folder} holds no records: a log that does not open them cannot be reconciled.`);
  const days = [...new Set(read.intents.map(({ day }) => day))].sort();
  // The last one is not over, or has not been told of yet.
  const wanted = options.day === undefined ? days.slice(0, -1) : [options.day];
  let wrong = 0;
  for (const day of wanted)
    for (const provider of providersOf(contracts)) {
      const both = providerDay(read, provider, day);
      if (both.stated.length === 0 && both.answered.length === 0) continue;
      const result = reconcile(both);
      if (result.status !== "agrees") wrong += 1;
      console.log(`${day} ${provider}: ${inWords(result)}.`);
    }
  if (wanted.length === 0) console.log("No day of this log has ended.");
  return wrong === 0 ? 0 : 1;
}

async function readFolder(folder: string, contracts: Contracts): Promise<ReadLog> {
  const read: ReadLog = { intents: [], answered: new Map(), stated: [] };
  for await (const { index, jwt, disclosures } of recordsIn(folder)) {
    const payload = RecordPayload.parse(parseJws(jwt, RECORD_TYP).payload);
    const { jti, parent, iss } = payload;
    const { named, sections } = readDisclosures(disclosures ?? [], payload);
    if (payload.kind === "intent") {
      const day = new Date(payload.iat * 1000).toISOString().slice(0, 10);
      const audiences = sections.map(({ section }) => section.aud);
      read.intents.push({ index, entry: entryOf(jwt), day, access: parent ?? jti, iss, audiences });
    }
    if (payload.kind === "outcome")
      noteAnswered(read, `${parent ?? ""} ${iss}`, named.get("outcome") as OutcomePart | undefined);
    const taken = payload.kind === "heartbeat" ? (named.get("taken") as TakenPart | undefined) : undefined;
    if (taken && isOwn(payload, taken, contracts)) {
      assertSignedByIssuer(jwt, payload, contracts);
      read.stated.push({ index, aud: taken.aud, day: taken.day, count: taken.count, sum: fromB64u(taken.sum)! });
    }
  }
  return read;
}

function noteAnswered({ answered }: ReadLog, key: string, outcome: OutcomePart | undefined): void {
  const providers = (outcome?.sources ?? []).filter(({ persons }) => persons > 0).map(({ provider }) => provider);
  answered.set(key, new Set([...(answered.get(key) ?? []), ...providers]));
}

/** Only a ministry's own adapter speaks for it. */
function isOwn({ iss }: RecordPayload, { aud }: TakenPart, { registry }: Contracts): boolean {
  return registry.organisations[aud]?.keys.some(({ use, id }) => use === "adapter" && id === iss) ?? false;
}

function providersOf({ registry }: Contracts): string[] {
  return Object.entries(registry.organisations).flatMap(([org, { keys }]) =>
    keys.some(({ use }) => use === "adapter") ? [org] : [],
  );
}

/** An access of several records may have failed in one of them: then none is sure. */
function providerDay({ intents, answered, stated }: ReadLog, provider: string, day: string): ProviderDay {
  const ofDay = intents.filter((intent) => intent.day === day);
  const [own, others] = [true, false].map((is) => ofDay.filter(({ audiences }) => audiences.includes(provider) === is));
  const records = Map.groupBy(own!, ({ access }) => access);
  const isSure = ({ access, iss }: ReadIntent) =>
    records.get(access)?.length === 1 && (answered.get(`${access} ${iss}`)?.has(provider) ?? false);
  return {
    stated: stated.filter((one) => one.aud === provider && one.day === day),
    answered: own!.filter(isSure),
    open: own!.filter((intent) => !isSure(intent)),
    others: others!,
  };
}

function inWords(result: Reconciliation): string {
  if (result.status === "agrees") return `it took ${result.taken} records, as the log shows`;
  if (result.status === "unstated") return "the log shows records that it took, and it has said nothing of the day";
  if (result.status === "contradicts")
    return `it has said different things in the records ${result.indices.join(", ")}`;
  if (result.status === "unexplained")
    return `it says that it took ${result.stated} records, the log shows ${result.recorded}, and the difference cannot be told apart`;
  return [
    ...result.notShown.map((index) => `it took record ${index}, of which the log shows nothing for it`),
    ...result.notTaken.map((index) => `it did not take record ${index}, which the log says was answered there`),
  ].join("; ");
}
