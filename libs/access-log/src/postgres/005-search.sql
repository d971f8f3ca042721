-- The search index: what a reviewer may search by, written behind the append from the record's disclosures, and made again from them at will.
-- A person is found by the first 16 bytes of the SHA-256 of the sealed reference: half as long, and the index needs no more.

create table search_position (
  only_one boolean primary key default true check (only_one),
  -- Records below this index are searched.
  next     bigint not null,
  -- When the last of them was taken.
  at       timestamptz not null
);
insert into search_position (next, at) values (0, '2000-01-01 00:00:00+00');

create table search_record (
  index        bigint      not null,
  at           timestamptz not null,
  kind         text        not null,
  iss          text        not null,
  jti          text        not null,
  parent       text,
  access       bigint,
  concluded_by bigint,
  outcome      text,
  consumer     text,
  client       text,
  officer      text,
  purpose      text,
  case_id      text,
  -- Providers, agreements and coordinates: as whoever sees the whole record finds them, and as each provider does.
  tags         text[]      not null,
  said         jsonb       not null,
  told         jsonb
) partition by range (at);
create table search_record_other partition of search_record default;
create index on search_record (index);
create index on search_record (at, index);
create index on search_record (jti);
create index on search_record (access, index);
create index on search_record (officer, index);
create index on search_record (consumer, index);
create index on search_record (purpose, index);
create index on search_record (case_id, index) where case_id is not null;
create index on search_record (outcome, index) where outcome <> 'answered';
create index on search_record (kind, index) where kind not in ('intent', 'rows');
create index on search_record using gin (tags);

create table search_person (
  ref      bytea       not null,
  index    bigint      not null,
  at       timestamptz not null,
  provider text        not null,
  -- Found by the provider under another of the person's numbers.
  alias    boolean     not null
) partition by range (at);
create table search_person_other partition of search_person default;
create index on search_person (ref, index);
create index on search_person (index);

-- Records whose rows an erasure took out, to be read anew.
create table search_stale (
  index        bigint primary key,
  concluded_by bigint
);

select log_open_month(month) from (select distinct date_trunc('month', at, 'UTC') as month from record) as months;

do $$
begin
  create role weft_log_index nologin;
exception
  when duplicate_object or unique_violation then null;
end
$$;
do $$
begin
  grant weft_log_index to current_user;
exception
  when insufficient_privilege then null;
end
$$;

grant select on log_head, record, disclosure to weft_log_index;
grant select, insert, update on search_record to weft_log_index;
grant select, insert on search_person to weft_log_index;
grant select, update on search_position to weft_log_index;
grant select, delete on search_stale to weft_log_index;
grant select on search_position, search_record, search_person, search_stale to weft_log_search;
