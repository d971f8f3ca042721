-- What each day's records are counted by, once the day is over: what a question that narrows nothing down is answered with. Made from the search
-- index, and again after whatever changed a record of that day, so it says what counting would.

-- Days whose counts hold. Whatever changes a record of one of them takes it out first, in the same transaction.
create table search_counted (
  day date primary key
);

create table search_day (
  -- An organisation, as it sees the day; '' for whoever sees everything.
  scope  text   not null,
  -- As in a question, and 'hour' for when.
  facet  text   not null,
  day    date   not null references search_counted on delete cascade,
  -- Each value, and at the same place how many records.
  values text[] not null,
  counts int[]  not null,
  primary key (scope, facet, day)
);
create index on search_day (day);

create function log_uncount_days(moments timestamptz[]) returns void
language sql security definer set search_path = pg_catalog, public as $$
  delete from search_counted where day in (select (moment at time zone 'UTC')::date from unnest(moments) as moment)
$$;
revoke execute on function log_uncount_days from public;

-- As before, and the counts of their days go with them.
create or replace function log_forget_in_search(indexes bigint[]) returns void
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
  perform log_uncount_days(array(select at from search_record where index = any(touched)));
  insert into search_stale (index, concluded_by)
  select index, concluded_by from search_record where index = any(touched) on conflict do nothing;
  delete from search_person where index = any(touched);
  delete from search_record where index = any(touched);
end
$$;

-- As before, and the counts of what is gone go with it.
create or replace function log_erase_before(run bigint, day date) returns bigint
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
  delete from search_counted where search_counted.day < log_erase_before.day;
  return concerned;
end
$$;

grant execute on function log_uncount_days to weft_log_index;
grant select, insert on search_counted, search_day to weft_log_index;
grant select on search_counted, search_day to weft_log_search;
