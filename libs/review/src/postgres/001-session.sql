-- Who is signed in, by a hash of the cookie. No name, nothing about a citizen.
create table session (
  id           bytea       primary key check (octet_length(id) = 32),
  organisation text        not null,
  officer      text        not null,
  roles        text[]      not null,
  until        timestamptz not null,
  seen         timestamptz not null
);
create index session_until on session (until);
