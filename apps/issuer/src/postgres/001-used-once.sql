-- What was used and must not be used again until it ends. A hash of who and what: nothing personal.
create table if not exists used_once (
  issuer text        not null,
  id     text        not null,
  until  timestamptz not null,
  primary key (issuer, id)
);
create index if not exists used_once_until on used_once (until);
