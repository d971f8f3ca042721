import pg from "pg";
import { openIndexer } from "../../dist/libs/access-log/src/index.js";

/**
 * A log and its search index as a country of 20 organisations would have them after a year, made by the server itself: 5,000 officers, 8
 * ministries asked for 5 fields each, one to three of them a record, half a million persons with two numbers each, a case for three records.
 * One record in 2,000 is of a vital interest, one in 100 was interrupted. Ten records in a row are alike. Each tells its own outcome, so that
 * as much is read as of an access and its outcome. Leaves and signatures are left out: nobody searches by them.
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
    await withoutLogging(client);
    const indexes = await dropIndexes(client);
    await client.query(FUNCTIONS);
    const made = records / COPIES;
    for (let from = 0; from < made; from += PORTION) {
      await client.query(MAKE, [from, Math.min(made, from + PORTION) - 1, made]);
      for (const statement of COPY) await client.query(statement);
      await client.query("truncate made, made_person");
    }
    for (const definition of indexes) await client.query(definition);
    await client.query("update log_head set size = $1", [records]);
    await client.query("update search_position set next = $1, at = (select max(at) from search_record)", [records]);
    await client.query("vacuum analyze record, disclosure, search_record, search_person");
  } finally {
    await client.end();
  }
  await countDays(url);
}

/** They are thrown away anyway: half of what would be written need not be. */
async function withoutLogging(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ part: string }>(
    `select inhrelid::regclass::text as part from pg_inherits where inhparent = any('{record,disclosure,search_record,search_person}'::regclass[])`,
  );
  for (const { part } of rows) await client.query(`alter table ${part} set unlogged`);
}

/** An index that is built when the rows are there is built in a tenth of the time. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = any('{record,disclosure,search_record,search_person}'::regclass[])`);
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition.replace(" ON ONLY ", " ON "));
}

async function countDays(url: string): Promise<void> {
  const indexer = await openIndexer(url);
  try {
    while (await indexer.countDay());
  } finally {
    await indexer.close();
  }
}

/** Records that are made at once; of each, so many follow one another: making them costs more than writing them. */
const PORTION = 20_000;
const COPIES = 10;

/** Half of a SHA-256, as of a sealed reference: of this person at this ministry, by this number. */
export const PERSON_KEY =
  "substr(sha256(convert_to('p1.' || ministry || '.' || person || '.' || number, 'UTF8')), 1, 16)";

const FUNCTIONS = `
create function pg_temp.b64u(plain text) returns text language sql immutable as $$
  select translate(encode(convert_to(plain, 'UTF8'), 'base64'), E'+/=\\n', '-_')
$$;
create function pg_temp.digest(plain text) returns text language sql immutable as $$
  select translate(encode(sha256(convert_to(plain, 'UTF8')), 'base64'), '+/=', '-_')
$$;
create temporary table made (index bigint, at timestamptz, jwt text, texts text, jti text, outcome text, consumer text, officer text, purpose text,
  case_id text, tags text[]);
create temporary table made_person (like search_person)`;

const MAKE = `
with drawn as (
  select i, timestamptz '2026-01-01 00:00:00+00' + interval '365 days' * (i::float8 / $3::float8) as at,
    'org:consumer-' || (i * 7919) % 20 as consumer, 'officer:' || (i * 104729) % 5000 as officer,
    case when i % 2000 = 7 then 'vital-interest' else 'purpose-' || (i * 31) % 13 end as purpose,
    case when i % 100 = 3 then 'interrupted' when i % 50 = 1 then 'partial' else 'answered' end as outcome,
    'c-' || i / 3 as case_id, (i * 6700417) % 500000 as person, (1 + i % 3)::int as asked, substr(pg_temp.digest(i::text), 1, 22) as id
  from generate_series($1::bigint, $2::bigint) as i
), section as (
  select i, at, id, person, ministry, 'org:ministry-' || ministry as provider, (i / 5) % 2 as number,
    array['Ministry' || ministry || '.field' || i % 5, 'Ministry' || ministry || '.field' || (i + 1) % 5] as coordinates,
    pg_temp.b64u(format('["%s","p1.%s.%s.%s"]', id, ministry, person, (i / 5) % 2)) as subject
  from drawn, lateral (select (i + n * 3) % 8 as ministry from generate_series(1, asked) as n) as those
), tagged as (
  select i, array_agg(tag) as tags from section, lateral (
    select provider || '|' as tag
    union all select prefix || name from unnest(array['', provider || '|']) as prefix,
      unnest(array['provider|' || provider, 'agreement|dsa-' || ministry] || array(select 'coordinate|' || c from unnest(coordinates) as c)) as name
  ) as names group by i
), told as (
  select i, string_agg(text || '~' || subject, '~') as texts, string_agg(format('{"...":"%s"}', pg_temp.digest(text)), ',') as elements
  from section, lateral (
    select pg_temp.b64u(format('["%s",{"aud":"%s","agreement":"dsa-%s","version":1,"digest":"sha-256:%4$s","basis":"PUBLIC_TASK",'
      '"fetches":[{"n":0,"text":"sha-256:%4$s","args":"%4$s","coordinates":["%5$s","%6$s"],"inputs":[]}],"subjects":[{"...":"%7$s"}],'
      '"scope":null,"consents":[],"callerProof":null}]', id, provider, ministry, repeat('x', 43), coordinates[1], coordinates[2],
      pg_temp.digest(subject))) as text
  ) as printed group by i
), named as (
  select i,
    pg_temp.b64u(format('["%s","caller",{"consumer":"%s","client":"client:a","officer":"%s","purpose":"%s","case":"%s"}]',
      id, consumer, officer, purpose, case_id)) as caller,
    pg_temp.b64u(format('["%s","request",{"operation":"sha-256:%s","supergraph":"sha-256:%2$s","policy":"sha-256:%2$s","denied":[],"decoys":"%1$s"}]',
      id, repeat('x', 43))) as request,
    pg_temp.b64u(format('["%s","outcome",{"status":"%s","sources":[]}]', id, outcome)) as ended
  from drawn
), records as (
  insert into made (index, at, jwt, texts, jti, outcome, consumer, officer, purpose, case_id, tags)
  select i, at, repeat('h', 80) || '.' || pg_temp.b64u(format('{"v":1,"iss":"gateway:main","jti":"%s","iat":%s,"exp":%s,"kind":"intent",'
      '"log":"log.bench.example","_sd_alg":"sha-256","_sd":["%s","%s","%s"],"sections":[%s%s]}', id, floor(extract(epoch from at)),
      floor(extract(epoch from at)) + 30, pg_temp.digest(caller), pg_temp.digest(request), pg_temp.digest(ended), elements,
      repeat(',{"...":"' || repeat('d', 43) || '"}', 8 - asked))) || '.' || repeat('s', 86),
    caller || '~' || request || '~' || ended || '~' || told.texts, id, outcome, consumer, officer, purpose, case_id, tags
  from drawn join tagged using (i) join told using (i) join named using (i) order by i
)
insert into made_person (ref, index, at, provider, alias)
select ${PERSON_KEY}, i, at, provider, false from section order by i`;

const EACH = `from made, generate_series(0, ${COPIES - 1}) as n order by index, n`;
const COPY = [
  `insert into record (index, jwt, at) select index * ${COPIES} + n, jwt, at ${EACH}`,
  `insert into disclosure (index, texts, at) select index * ${COPIES} + n, texts, at ${EACH}`,
  `insert into search_record (index, at, kind, iss, jti, access, concluded_by, outcome, consumer, client, officer, purpose, case_id, tags)
    select index * ${COPIES} + n, at, 'intent', 'gateway:main', jti, index * ${COPIES} + n, index * ${COPIES} + n, outcome, consumer, 'client:a',
      officer, purpose, case_id, tags ${EACH}`,
  `insert into search_person select ref, index * ${COPIES} + n, at, provider, alias
    from made_person, generate_series(0, ${COPIES - 1}) as n order by index, n`,
];
