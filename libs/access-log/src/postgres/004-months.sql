-- The append table is narrow: the JWT, and when it was taken. What a record says of itself stands in the JWT; what finds it by that is the
-- search index, which follows behind. Records and disclosures are kept by month: a month of disclosures goes by dropping its partition.

-- When the newest record was taken. It never goes back, whatever the clock does.
alter table log_head add column at timestamptz not null default '2000-01-01 00:00:00+00';

alter table record rename to old_record;
alter table disclosure rename to old_disclosure;

create table record (
  index bigint      not null,
  jwt   text        not null,
  at    timestamptz not null
) partition by range (at);
create index on record (index);
create table record_other partition of record default;

create table disclosure (
  index bigint      not null,
  texts text        not null,
  at    timestamptz not null default now()
) partition by range (at);
create index on disclosure (index);
create table disclosure_other partition of disclosure default;

-- Salted digests and sealed references do not get smaller.
alter table record alter column jwt set storage external;
alter table disclosure alter column texts set storage external;

-- Makes the partitions of the month that holds this moment. What already lies in the default partition stays there: an append must find its
-- place whatever happens, and a month that was opened too late is only less tidy.
create function log_open_month(moment timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  first text := to_char(date_trunc('month', moment, 'UTC') at time zone 'UTC', 'YYYY-MM-DD') || ' 00:00:00+00';
  past  text := to_char((date_trunc('month', moment at time zone 'UTC') + interval '1 month'), 'YYYY-MM-DD') || ' 00:00:00+00';
  month text := to_char(moment at time zone 'UTC', 'YYYYMM');
  parent text;
begin
  for parent in select relname from pg_class where oid in (select partrelid from pg_partitioned_table) and relnamespace = 'public'::regnamespace loop
    if to_regclass(format('public.%I', parent || '_' || month)) is null then
      begin
        execute format('create table public.%I partition of public.%I for values from (%L) to (%L)', parent || '_' || month, parent, first, past);
      exception when check_violation then null;
      end;
    end if;
  end loop;
end
$$;
revoke execute on function log_open_month from public;
grant execute on function log_open_month to weft_log_append;

-- Until now a record's own time is all that there is.
create temporary table taken on commit drop as
select index, jwt, max(iat) over (order by index) as at
from (
  select index, jwt, to_timestamp((convert_from(decode(rpad(translate(body, '-_', '+/'), (length(body) + 3) / 4 * 4, '='), 'base64'), 'utf8')::jsonb ->> 'iat')::bigint) as iat
  from old_record, split_part(jwt, '.', 2) as body
) as told;
select log_open_month(month) from (select distinct date_trunc('month', at, 'UTC') as month from taken) as months;
insert into record (index, jwt, at) select index, jwt, at from taken order by index;
insert into disclosure (index, texts, at) select index, texts, at from old_disclosure join taken using (index) order by index;
update log_head set at = coalesce((select max(at) from taken), at);

-- Records that are known: by their jti, and first intents by their request key too. A record lives five minutes at most; no older one is
-- taken, so none needs to be known for longer than this.
insert into request_key (key, until)
select decode(translate(jti, '-_', '+/') || '==', 'base64'), now() + interval '10 minutes'
from old_record join taken using (index) where at > now() - interval '10 minutes'
on conflict do nothing;

drop table old_record, old_disclosure;

grant insert on record, disclosure to weft_log_append;
grant select on record, disclosure to weft_log_search;
grant select on record to weft_log_retention;
grant select (index, at), delete on disclosure to weft_log_retention;
