-- The consent register. What was written (record_version, receipt) is never updated or deleted; persons are sealed references.

create table register_head (
  only_one boolean primary key default true check (only_one),
  size     bigint not null check (size >= 0),
  chain    text   not null
);

-- The chain's entries: one version of one record each, as canonical JSON.
create table record_version (
  entry     bigint primary key,
  record_id text   not null,
  version   int    not null,
  body      text   not null,
  unique (record_id, version)
);

-- Where each record stands: what can be said again from its versions, so that it can be asked for.
create table record (
  record_id text primary key,
  version   int         not null,
  principal text        not null,
  guardian  text,
  until     timestamptz not null,
  ended     boolean     not null,
  -- Who took it down first, where it was given at an office, and when.
  taken_by  text,
  taken_at  timestamptz not null
);
create index record_of_officer on record (taken_by, taken_at) where taken_by is not null;
create index record_of_person on record (principal) where not ended;
create index record_until on record (until) where not ended;

-- The feed: positions of a provider run from 1 without a gap.
create table receipt (
  provider  text   not null,
  position  bigint not null,
  entry     bigint not null references record_version,
  record_id text   not null,
  list      int    not null,
  idx       int    not null,
  jwt       text   not null,
  primary key (provider, position)
);
create index receipt_of_record on receipt (record_id);
create index receipt_of_entry on receipt (entry);

-- Two bits a receipt on the wire; here whether it has ended.
create table place (
  list  int     not null,
  idx   int     not null check (idx between 0 and 131071),
  ended boolean not null default false,
  primary key (list, idx)
);
create index place_ended on place (list, idx) where ended;
