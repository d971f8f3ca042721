-- Questions of persons and of the authority: codes from closed lists and sealed references, which are gone once the answer is given. No name, no
-- number of a person, no address. One document each, because one step at a time changes it.
create table request (
  id           text   primary key,
  organisation text   not null,
  number       text   not null,
  due          date   not null,
  -- The houses that were asked for a part.
  asked        text[] not null,
  version      int    not null,
  said         jsonb  not null,
  unique (organisation, number)
);
create index request_due on request (organisation, due);
create index request_asked on request using gin (asked);
