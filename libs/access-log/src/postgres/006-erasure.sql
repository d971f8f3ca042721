-- Erasing what records disclose. Each run is first asked for, then recorded in the log, and only then done: the functions below do nothing for a
-- run that the log has not recorded, and no more than it says. Nothing here can touch a leaf, a JWT or the head.

create table erasure_run (
  id           bigint generated always as identity primary key,
  class        text        not null check (class in ('record', 'person', 'retention')),
  -- How many records it is about. Never which.
  records      bigint      not null check (records > 0),
  -- Of retention: what was taken before this day goes, the first of a month.
  before       date        check ((before is not null) = (class = 'retention') and extract(day from before) = 1),
  asked_at     timestamptz not null default now(),
  -- Index of the run's own record.
  record_index bigint,
  done_at      timestamptz
);
create index erasure_run_unrecorded on erasure_run (id) where record_index is null;

-- b64u as text; what is not UTF-8 was never in the log.
create function log_b64u(coded text) returns text language sql immutable set search_path = pg_catalog as $$
  select convert_from(decode(rpad(translate(coded, '-_', '+/'), (length(coded) + 3) / 4 * 4, '='), 'base64'), 'utf8')
$$;

-- The value of a disclosure [salt, value] that is a plain text: a sealed person. Null for all others.
create function log_subject(coded text) returns text language sql immutable set search_path = pg_catalog, public as $$
  select case when json_array_length(parts) = 2 and json_typeof(parts -> 1) = 'string' then parts ->> 1 end
  from (select log_b64u(coded)::json as parts) as read
$$;

-- Where persons are named: the record that names them, and for an alias the outcome that tells it. What is not indexed yet is not found.
create function log_records_naming(keys bytea[]) returns setof bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select distinct case when p.alias then coalesce(r.concluded_by, r.index) else p.index end
  from search_person p join search_record r on r.index = p.index and r.at = p.at
  where p.ref = any(keys)
$$;

-- The account that erases is told how many, never which.
create function log_count_naming(refs text[]) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from log_records_naming(array(select substr(sha256(convert_to(ref, 'UTF8')), 1, 16) from unnest(refs) as ref))
$$;

-- Takes out what the index knows of these records and of the accesses that they conclude; it is read anew from what is left.
create function log_forget_in_search(indexes bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  touched bigint[];
begin
  select array_agg(distinct index) into touched from (
    select unnest(indexes) as index
    union all
    select f.index from record r join search_record f
      on f.jti = log_b64u(split_part(r.jwt, '.', 2))::json ->> 'parent' and f.concluded_by = r.index
    where r.index = any(indexes)
  ) as all_of_them;
  insert into search_stale (index, concluded_by)
  select index, concluded_by from search_record where index = any(touched) on conflict do nothing;
  delete from search_person where index = any(touched);
  delete from search_record where index = any(touched);
end
$$;
revoke execute on function log_forget_in_search from public;

-- Takes the run, or fails: recorded, not done, of this class, and of so many records at least.
create function log_take_run(run bigint, wanted text, concerned bigint) returns date
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  taken erasure_run;
begin
  update erasure_run set done_at = now()
  where id = run and class = wanted and record_index is not null and done_at is null and records >= concerned
  returning * into taken;
  if taken.id is null then
    raise exception 'no such run is recorded' using errcode = 'object_not_in_prerequisite_state';
  end if;
  return taken.before;
end
$$;
revoke execute on function log_take_run from public;

create function log_erase_records(run bigint, indexes bigint[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  erased bigint;
begin
  -- The search index's own lock: nothing is indexed while it is erased.
  perform pg_advisory_xact_lock(2003134069);
  perform log_take_run(run, 'record', cardinality(indexes));
  -- Nobody erases what they did themselves: who looked at records, and what was erased, goes with its month alone.
  if exists (
    select from record where index = any(indexes)
    and log_b64u(split_part(jwt, '.', 2))::json ->> 'kind' in ('erasure', 'review')
  ) then
    raise exception 'a record of the log''s own use is kept' using errcode = 'object_not_in_prerequisite_state';
  end if;
  delete from disclosure where index = any(indexes);
  get diagnostics erased = row_count;
  perform log_forget_in_search(indexes);
  return erased;
end
$$;

-- Other persons of a record stay, and with them who asked. A record that names nobody else loses everything that it says, as does an
-- outcome that tells an alias.
create function log_erase_person(run bigint, refs text[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  indexes bigint[];
begin
  perform pg_advisory_xact_lock(2003134069);
  select array_agg(index) into indexes
  from log_records_naming(array(select substr(sha256(convert_to(ref, 'UTF8')), 1, 16) from unnest(refs) as ref)) as index;
  perform log_take_run(run, 'person', coalesce(cardinality(indexes), 0));
  -- Whoever is not found cannot be erased: all that was recorded before the run must be searched.
  if (select next from search_position) <= (select record_index from erasure_run where id = run) then
    raise exception 'the search index is behind' using errcode = 'object_not_in_prerequisite_state';
  end if;
  if indexes is null then
    return 0;
  end if;
  with kept as (
    select d.index, d.at, string_agg(part, '~' order by place) filter (where subject is null or subject <> all(refs)) as texts,
      count(*) filter (where subject <> all(refs)) as others
    from disclosure d, unnest(string_to_array(d.texts, '~')) with ordinality as p (part, place), log_subject(part) as subject
    where d.index = any(indexes) and part <> ''
    group by d.index, d.at
  ), rewritten as (
    update disclosure d set texts = kept.texts from kept where d.index = kept.index and d.at = kept.at and others > 0
  )
  delete from disclosure d using kept where d.index = kept.index and d.at = kept.at and others = 0;
  perform log_forget_in_search(indexes);
  return cardinality(indexes);
end
$$;

-- How many records have something to lose before this day.
create function log_records_before(day date) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from disclosure where at < day::timestamp at time zone 'UTC'
$$;

-- Whole months go by dropping their partitions; what lies in the default one is deleted.
create function log_erase_before(run bigint, day date) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  concerned bigint := log_records_before(day);
  part record;
begin
  perform pg_advisory_xact_lock(2003134069);
  if log_take_run(run, 'retention', concerned) is distinct from day then
    raise exception 'the run is recorded for another day' using errcode = 'object_not_in_prerequisite_state';
  end if;
  if day > (now() at time zone 'UTC')::date then
    raise exception 'this month is not over' using errcode = 'object_not_in_prerequisite_state';
  end if;
  for part in
    select c.oid::regclass as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent in ('disclosure'::regclass, 'search_record'::regclass, 'search_person'::regclass)
      and c.relname ~ '_[0-9]{6}$' and to_date(right(c.relname, 6), 'YYYYMM') < day
  loop
    execute format('drop table %s', part.name);
  end loop;
  delete from disclosure where at < day::timestamp at time zone 'UTC';
  delete from search_person where at < day::timestamp at time zone 'UTC';
  delete from search_record where at < day::timestamp at time zone 'UTC';
  return concerned;
end
$$;

-- Retention did delete from the table by itself; from now on it goes through a recorded run only.
revoke all on record, disclosure from weft_log_retention;
revoke execute on function log_records_naming, log_count_naming, log_erase_records, log_erase_person, log_records_before, log_erase_before from public;
grant execute on function log_count_naming, log_erase_records, log_erase_person, log_records_before, log_erase_before to weft_log_retention;
grant select, insert (class, records, before) on erasure_run to weft_log_retention;
grant select on log_head, search_position to weft_log_retention;
grant select, update (record_index) on erasure_run to weft_log_append;
