-- Asking for consents: what happened, one row an event, never updated or deleted. Columns repeat what is in the body, so that it can be
-- asked for; a code is here under the register's own key only.

create table asking_head (
  only_one boolean primary key default true check (only_one),
  size     bigint not null check (size >= 0),
  chain    text   not null
);

create table asking_event (
  entry        bigint primary key,
  thread       text        not null,
  n            int         not null,
  type         text        not null,
  at           timestamptz not null,
  code         text,
  principal    text,
  organisation text,
  officer      text,
  body         text        not null,
  unique (thread, n)
);
create unique index asking_code on asking_event (code) where code is not null;
create index asking_by on asking_event (type, organisation, officer, at) where organisation is not null;
create index asking_silence on asking_event (principal, organisation) where type = 'silenced';

grant select, update on asking_head to weft_consent_write;
grant select, insert on asking_event to weft_consent_write;
