import type pg from "pg";
import type { ConsentCount, ConsentCounting, EndedPerson } from "../counts.js";

/** Each event once for each provider and purpose that its version names. */
const EVENTS = `select v.record_id, v.version, v.body::jsonb as body from record_version v
  where v.body::jsonb ->> 'kind' = 'consent'
    and (v.body::jsonb -> 'event' ->> 'event_time') collate "C" >= $2 and (v.body::jsonb -> 'event' ->> 'event_time') collate "C" < $3`;

const SEEN = `($1::text is null or body -> 'pii_processing' -> 'recipient_third_parties' ->> 0 = $1 or information ->> 'pii_controller' = $1)`;

const COUNTS = `with event as (${EVENTS})
  select body -> 'pii_processing' -> 'recipient_third_parties' ->> 0 as recipient, information ->> 'pii_controller' as provider,
    purpose ->> 'purpose' as purpose, left(body -> 'event' ->> 'event_time', 7) as month, body -> 'event' ->> 'event_type' as event,
    count(*)::int as count
  from event, jsonb_array_elements(body -> 'pii_processing' -> 'pii_information') as information,
    jsonb_array_elements(body -> 'pii_processing' -> 'purposes') as purpose
  where ${SEEN} group by 1, 2, 3, 4, 5 order by 4 desc, 1, 2, 3, 5`;

const RUNNING = `with event as (
    select record_id, v.body::jsonb as body from record r join record_version v using (record_id, version)
    where not r.ended and r.until > now() and v.body::jsonb ->> 'kind' = 'consent'
  )
  select count(distinct record_id)::int as count
  from event, jsonb_array_elements(body -> 'pii_processing' -> 'pii_information') as information where ${SEEN}`;

const ENDED = `with event as (${EVENTS} and v.body::jsonb -> 'event' ->> 'event_type' in ('withdrawn', 'expired', 'voided'))
  select body ->> 'pii_principal_id' as principal, body -> 'pii_processing' -> 'recipient_third_parties' ->> 0 as recipient,
    information ->> 'pii_controller' as provider, information -> 'coordinates' as coordinates,
    (select jsonb_agg(one ->> 'purpose') from jsonb_array_elements(body -> 'pii_processing' -> 'purposes') as one) as purposes,
    (body -> 'event' ->> 'event_time')::timestamptz as ended,
    (select min((w.body::jsonb -> 'event' ->> 'event_time')::timestamptz) from record r join record_version w using (record_id)
      where r.principal = event.body ->> 'pii_principal_id' and w.body::jsonb ->> 'kind' = 'consent'
        and w.body::jsonb -> 'pii_processing' -> 'recipient_third_parties' = event.body -> 'pii_processing' -> 'recipient_third_parties'
        and w.body::jsonb -> 'event' ->> 'event_type' in ('given', 'renewed')
        and (w.body::jsonb -> 'event' ->> 'event_time')::timestamptz >= (event.body -> 'event' ->> 'event_time')::timestamptz) as anew
  from event, jsonb_array_elements(body -> 'pii_processing' -> 'pii_information') as information
  where ${SEEN} order by ended desc limit $4`;

/** As far as seconds: the text of a moment in that second, with or without a fraction, comes after it. */
const second = (moment: Date): string => moment.toISOString().slice(0, 19);

export function countingIn(pool: pg.Pool): ConsentCounting {
  return {
    counts: async ({ organisation, from, until }) =>
      (await pool.query<ConsentCount>(COUNTS, [organisation ?? null, second(from), second(until)])).rows,
    running: async (organisation) =>
      (await pool.query<{ count: number }>(RUNNING, [organisation ?? null])).rows[0]?.count ?? 0,
    endedPersons: async ({ organisation, from, until }, limit) => {
      const values = [organisation ?? null, second(from), second(until), limit];
      const { rows } = await pool.query<Omit<EndedPerson, "anew"> & { readonly anew: Date | null }>(ENDED, values);
      return rows.map(({ anew, ...person }) => ({ ...person, anew: anew ?? undefined }));
    },
  };
}
