-- Who is the officer of a record? Pseudonyms and codes from closed lists: no name, no staff number, nothing about a citizen.
create table reveal (
  id            text        primary key,
  asker         text        not null,
  asker_officer text        not null,
  consumer      text        not null,
  officer       text        not null,
  record        bigint      not null,
  reason        text        not null,
  case_id       text        not null,
  purpose       text        not null,
  state         text        not null,
  due           timestamptz not null,
  outcome       text
);
create index reveal_asker on reveal (asker, due desc);
create index reveal_consumer on reveal (consumer, due desc);

-- Each step with the log's index of its record.
create table reveal_step (
  reveal  text        not null references reveal,
  n       int         not null,
  step    text        not null,
  officer text        not null,
  at      timestamptz not null,
  record  bigint      not null,
  primary key (reveal, n)
);
