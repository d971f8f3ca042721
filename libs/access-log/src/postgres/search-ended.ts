import { type Kysely, sql } from "kysely";
import type { AfterEnd, EndedConsent } from "../review/ended.js";
import { refKey } from "./search-rows.js";
import type { Tables } from "./tables.js";

/** Looked up by person, of which each has few records. A child's outcome is told at the access's first record. */
export async function countAfterEnd(db: Kysely<Tables>, ended: readonly EndedConsent[]): Promise<readonly AfterEnd[]> {
  const each = ended.flatMap((it) => it.refs.map((ref) => ({ ...it, ref: refKey(ref) })));
  if (each.length === 0) return [];
  const { rows } = await sql<AfterEnd>`
    with ended as (
      select * from unnest(${each.map(({ provider }) => provider)}::text[], ${each.map(({ recipient }) => recipient)}::text[],
        ${each.map(({ ref }) => ref)}::bytea[], ${each.map(({ purposes }) => purposes.join(" "))}::text[],
        ${each.map(({ coordinates }) => coordinates.join(" "))}::text[], ${each.map(({ after }) => after)}::timestamptz[],
        ${each.map(({ before }) => before ?? "infinity")}::timestamptz[])
        as e (provider, recipient, ref, purposes, coordinates, after, before)
    ), hit as (
      select distinct e.provider, e.recipient, r.purpose, r.index, r.access from ended e
      join search_person p on p.ref = e.ref and p.provider = e.provider and not p.alias and p.at > e.after and p.at < e.before
      join search_record r on r.index = p.index and r.at = p.at and r.consumer = e.recipient
      where r.purpose = any(string_to_array(e.purposes, ' ')) and exists (
        select from jsonb_array_elements(r.said -> 'sections') as section
        where section ->> 'provider' = e.provider and section ->> 'basis' = 'CONSENT'
          and (section -> 'coordinates') ?| string_to_array(e.coordinates, ' '))
    ), answer as (
      select hit.provider, hit.recipient, hit.purpose, (source ->> 'persons')::int as persons, (source ->> 'withheld')::int as withheld
      from hit left join search_record first on first.index = hit.access
      left join lateral jsonb_array_elements(first.told -> 'outcome' -> 'sources') as source on source ->> 'provider' = hit.provider
    )
    select provider, recipient, purpose, count(*)::int as asked,
      count(*) filter (where persons > 0 and withheld = 0)::int as released,
      count(*) filter (where withheld > 0 and withheld < persons)::int as mixed
    from answer group by provider, recipient, purpose order by provider, recipient, purpose`.execute(db);
  return rows;
}
