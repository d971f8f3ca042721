-- Investigations: pseudonyms, indexes of the log and codes from closed lists. No name, no staff number, nothing about a citizen.
create table investigation (
  id       text        primary key,
  house    text        not null,
  consumer text        not null,
  records  bigint[]    not null check (cardinality(records) between 1 and 16),
  alert    text,
  reason   text        not null,
  case_id  text        not null,
  purpose  text        not null,
  state    text        not null,
  asked_of text,
  due      timestamptz,
  reply    text,
  outcome  text,
  -- How many steps were taken.
  taken    int         not null,
  opened   timestamptz not null
);
create index investigation_house on investigation (house, opened desc);
create index investigation_consumer on investigation (consumer, opened desc);

-- Each step with the log's index of its record.
create table investigation_step (
  investigation text        not null references investigation,
  n             int         not null,
  step          text        not null,
  house         text        not null,
  officer       text        not null,
  at            timestamptz not null,
  record        bigint      not null,
  primary key (investigation, n)
);
