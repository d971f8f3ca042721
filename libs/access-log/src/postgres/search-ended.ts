import { type Kysely, sql } from "kysely";
import type { OrgId } from "#libs/terms";
import type { AfterEnd, EndedConsent } from "../review/ended.js";
import type { Hit } from "../search/search.js";
import { type FoundRow, readHits } from "./search-hits.js";
import { refKey } from "./search-rows.js";
import type { Tables } from "./tables.js";

/** A record about somebody whose consent had ended, and which one of those asked about that was. */
type EndedRow = FoundRow & { readonly consent: number };

/** Looked up by person, of which each has few records. A child's outcome is told at the access's first record. */
export async function countAfterEnd(db: Kysely<Tables>, ended: readonly EndedConsent[]): Promise<readonly AfterEnd[]> {
  const found = await findAfterEnd(db, ended);
  const hits = await hitsByIndex(db, found);
  const firsts = await hitsByIndex(db, await rowsOf(db, found));
  const counts = new Map<string, AfterEnd>();
  const counted = new Set<string>();
  for (const { consent, index, access } of found) {
    const { provider, recipient, coordinates } = ended[consent]!;
    const hit = hits.get(Number(index));
    const purpose = hit?.caller?.purpose;
    const key = [provider, recipient, purpose].join(" ");
    if (!hit || purpose === undefined || counted.has(`${key} ${index}`) || !rests(hit, provider, coordinates)) continue;
    counted.add(`${key} ${index}`);
    const before = counts.get(key) ?? { provider, recipient, purpose, asked: 0, released: 0, mixed: 0 };
    const { persons, withheld } = toldBy(provider, access === null ? undefined : firsts.get(Number(access)));
    counts.set(key, {
      ...before,
      asked: before.asked + 1,
      released: before.released + Number(persons > 0 && withheld === 0),
      mixed: before.mixed + Number(withheld > 0 && withheld < persons),
    });
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}

async function findAfterEnd(db: Kysely<Tables>, ended: readonly EndedConsent[]): Promise<readonly EndedRow[]> {
  const each = ended.flatMap((it, consent) => it.refs.map((ref) => ({ ...it, consent, ref: refKey(ref) })));
  if (each.length === 0) return [];
  const { rows } = await sql<EndedRow>`
    select distinct e.consent, r.index, r.at, r.access, r.concluded_by
    from unnest(${each.map(({ consent }) => consent)}::int[], ${each.map(({ provider }) => provider)}::text[],
      ${each.map(({ recipient }) => recipient)}::text[], ${each.map(({ ref }) => ref)}::bytea[],
      ${each.map(({ purposes }) => purposes.join(" "))}::text[], ${each.map(({ after }) => after)}::timestamptz[],
      ${each.map(({ before }) => before ?? "infinity")}::timestamptz[])
      as e (consent, provider, recipient, ref, purposes, after, before)
    join search_person p on p.ref = e.ref and p.provider = e.provider and not p.alias and p.at > e.after and p.at < e.before
    join search_record r on r.index = p.index and r.at = p.at and r.consumer = e.recipient
    where r.purpose = any(string_to_array(e.purposes, ' '))`.execute(db);
  return rows;
}

/** The first records of these accesses. */
async function rowsOf(db: Kysely<Tables>, found: readonly EndedRow[]): Promise<readonly FoundRow[]> {
  const accesses = found.flatMap(({ access }) => (access === null ? [] : [Number(access)]));
  if (accesses.length === 0) return [];
  const { rows } = await sql<FoundRow>`
    select index, at, access, concluded_by from search_record where index = any(${accesses}::bigint[])`.execute(db);
  return rows;
}

async function hitsByIndex(db: Kysely<Tables>, rows: readonly FoundRow[]): Promise<ReadonlyMap<number, Hit>> {
  const once = new Map(rows.map((row) => [Number(row.index), row]));
  const hits = await readHits(db, [...once.values()], { all: true });
  return new Map(hits.map((hit) => [hit.index, hit]));
}

/** Whether these fields were asked for on consent there. */
function rests({ sections }: Hit, provider: OrgId, coordinates: readonly string[]): boolean {
  return sections.some(
    (section) =>
      section.provider === provider &&
      section.basis === "CONSENT" &&
      section.coordinates.some((name) => coordinates.includes(name)),
  );
}

function toldBy(provider: OrgId, first: Hit | undefined): { readonly persons: number; readonly withheld: number } {
  return first?.outcome?.sources.find((source) => source.provider === provider) ?? { persons: 0, withheld: 0 };
}
