-- Retention by agreement: an agreement may say for how long what is recorded of its accesses stays readable. Those of its sections that are older
-- go, with the persons that they name; a record that holds no other section loses everything that it says. As all erasures, first recorded.

alter table erasure_run drop constraint erasure_run_check;
alter table erasure_run add column agreement text check (agreement is null or class = 'retention');
-- Whole months go by partitions; a single agreement's records by the day.
alter table erasure_run add check ((before is not null) = (class = 'retention') and (agreement is not null or extract(day from before) = 1));

create function log_digest(coded text) returns text language sql immutable set search_path = pg_catalog as $$
  select translate(encode(sha256(convert_to(coded, 'UTF8')), 'base64'), '+/=', '-_')
$$;

-- The value of a disclosure [salt, value] that is a section. Null for all others.
create function log_section(coded text) returns json language sql immutable set search_path = pg_catalog, public as $$
  select case when json_array_length(parts) = 2 and json_typeof(parts -> 1) = 'object' then parts -> 1 end
  from (select log_b64u(coded)::json as parts) as read
$$;

-- Where the agreement's sections are, as the search index has them.
create function log_records_under(wanted text, day date) returns table (index bigint, at timestamptz, concluded_by bigint)
language sql stable security definer set search_path = pg_catalog, public as $$
  select index, at, concluded_by from search_record
  where tags && array['agreement|' || wanted] and at < day::timestamp at time zone 'UTC'
$$;

create function log_count_under(wanted text, day date) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from log_records_under(wanted, day)
$$;

create function log_erase_under(run bigint, wanted text, day date) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  indexes bigint[];
  outcomes bigint[];
begin
  perform pg_advisory_xact_lock(2003134069);
  select array_agg(u.index), array_agg(u.concluded_by) filter (where u.concluded_by is not null) into indexes, outcomes
  from log_records_under(wanted, day) as u;
  if log_take_run(run, 'retention', coalesce(cardinality(indexes), 0)) is distinct from day
    or (select agreement from erasure_run where id = run) is distinct from wanted
    or day > (now() at time zone 'UTC')::date then
    raise exception 'the run is recorded for something else' using errcode = 'object_not_in_prerequisite_state';
  end if;
  -- Whatever is not found cannot be erased.
  if (select next from search_position) <= (select record_index from erasure_run where id = run) then
    raise exception 'the search index is behind' using errcode = 'object_not_in_prerequisite_state';
  end if;
  if indexes is null then
    return 0;
  end if;
  with part as materialized (
    select d.index, d.at, p.text, p.place, log_section(p.text) as section
    from disclosure d, unnest(string_to_array(d.texts, '~')) with ordinality as p (text, place)
    where d.index = any(indexes) and p.text <> ''
  ), gone as (
    select index, log_digest(text) as digest from part where section ->> 'agreement' = wanted
    union all
    select index, person ->> '...' from part, json_array_elements(section -> 'subjects') as person where section ->> 'agreement' = wanted
  ), kept as (
    select part.index, part.at, string_agg(text, '~' order by place) as texts, count(section) as sections
    from part left join gone on gone.index = part.index and gone.digest = log_digest(part.text)
    where gone.digest is null group by part.index, part.at
  ), rewritten as (
    update disclosure d set texts = kept.texts from kept where d.index = kept.index and d.at = kept.at and kept.sections > 0
  )
  delete from disclosure d where d.index = any(indexes)
    and not exists (select from kept where kept.index = d.index and kept.sections > 0);
  -- An outcome tells of all its sources in one text: it goes with the first of them that does.
  delete from disclosure where index = any(outcomes);
  perform log_forget_in_search(indexes);
  return cardinality(indexes);
end
$$;

revoke execute on function log_records_under, log_count_under, log_erase_under from public;
grant execute on function log_count_under, log_erase_under to weft_log_retention;
grant insert (agreement) on erasure_run to weft_log_retention;
