import pg from "pg";

/**
 * Rows of the search index as a country of 20 organisations would have them in a year, made by the server itself: 5,000 officers, 8
 * ministries asked for 5 fields each, one to three of them a record, half a million persons with two numbers each, a case for three records.
 * One record in 2,000 is of a vital interest, one in 100 was interrupted. Ten records in a row are alike.
 */
export async function fillSearch(url: string, records: number): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    options: "-c synchronous_commit=off -c maintenance_work_mem=512MB",
  });
  await client.connect();
  try {
    for (let month = 0; month < 12; month++)
      await client.query("select log_open_month($1)", [new Date(Date.UTC(2026, month, 2))]);
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(`
      select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
      where indrelid in ('search_record'::regclass, 'search_person'::regclass)`);
    // An index that is built when the rows are there is built in a tenth of the time.
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    await client.query(
      "create temporary table made_record (like search_record); create temporary table made_person (like search_person)",
    );
    const made = records / COPIES;
    for (let from = 0; from < made; from += PORTION) {
      await client.query(MAKE, [from, Math.min(made, from + PORTION) - 1, made]);
      for (const statement of COPY) await client.query(statement);
      await client.query("truncate made_record, made_person");
    }
    for (const { definition } of indexes) await client.query(definition.replace(" ON ONLY ", " ON "));
    await client.query("update log_head set size = $1", [records]);
    await client.query("update search_position set next = $1", [records]);
    await client.query("vacuum analyze search_record, search_person");
    await client.query("checkpoint");
  } finally {
    await client.end();
  }
}

/** Rows that are made at once; of each, so many records follow one another: making them costs more than writing them. */
const PORTION = 50_000;
const COPIES = 10;

/** Half of a SHA-256, as of a sealed reference: of this person at this ministry, by this number. */
export const PERSON_KEY =
  "substr(sha256(convert_to('p1.' || ministry || '.' || person || '.' || number, 'UTF8')), 1, 16)";

const MAKE = `
with made as (
  select i, timestamptz '2026-01-01 00:00:00+00' + interval '365 days' * (i::float8 / $3::float8) as at,
    'org:consumer-' || (i * 7919) % 20 as consumer, 'officer:' || (i * 104729) % 5000 as officer,
    case when i % 2000 = 7 then 'vital-interest' else 'purpose-' || (i * 31) % 13 end as purpose,
    case when i % 100 = 3 then 'interrupted' when i % 50 = 1 then 'partial' else 'answered' end as outcome,
    (i * 6700417) % 500000 as person, 1 + i % 3 as asked
  from generate_series($1::bigint, $2::bigint) as i
), section as (
  select i, at, person, ministry, 'org:ministry-' || ministry as provider, (i / 5) % 2 as number,
    array['Ministry' || ministry || '.field' || i % 5, 'Ministry' || ministry || '.field' || (i + 1) % 5] as coordinates
  from made, lateral (select (i + n * 3) % 8 as ministry from generate_series(1, asked) as n) as those
), tagged as (
  select i, array_agg(tag) as tags from section, lateral (
    select provider || '|' as tag
    union all select prefix || name from unnest(array['', provider || '|']) as prefix,
      unnest(array['provider|' || provider, 'agreement|dsa-' || ministry] || array(select 'coordinate|' || c from unnest(coordinates) as c)) as name
  ) as names group by i
), said as (
  select i, jsonb_agg(jsonb_build_object('provider', provider, 'agreement', 'dsa-' || ministry, 'version', 1, 'basis', 'PUBLIC_TASK',
    'coordinates', to_jsonb(coordinates), 'persons', 1)) as sections from section group by i
), records as (
  insert into made_record (index, at, kind, iss, jti, access, concluded_by, outcome, consumer, client, officer, purpose, case_id, tags, said, told)
  select i, at, 'intent', 'gateway:main', substr(translate(encode(sha256(convert_to(i::text, 'UTF8')), 'base64'), '+/', '-_'), 1, 22), i, i,
    outcome, consumer, 'client:a', officer, purpose, 'c-' || i / 3, tags,
    jsonb_build_object('caller', jsonb_build_object('consumer', consumer, 'client', 'client:a', 'officer', officer, 'purpose', purpose,
      'case', 'c-' || i / 3), 'sections', sections, 'denied', '[]'::jsonb, 'refused', null),
    jsonb_build_object('outcome', jsonb_build_object('status', outcome, 'sources', '[]'::jsonb))
  from made join tagged using (i) join said using (i) order by i
)
insert into made_person (ref, index, at, provider, alias)
select ${PERSON_KEY}, i, at, provider, false from section order by i`;

const COPY = [
  `insert into search_record
    select index * ${COPIES} + n, at, kind, iss, jti, parent, access * ${COPIES} + n, concluded_by * ${COPIES} + n, outcome, consumer, client, officer, purpose,
      case_id, tags, said, told
    from made_record, generate_series(0, ${COPIES - 1}) as n order by index, n`,
  `insert into search_person select ref, index * ${COPIES} + n, at, provider, alias
    from made_person, generate_series(0, ${COPIES - 1}) as n order by index, n`,
];
