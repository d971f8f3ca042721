-- Where each day begins in the log, as far as it was read in the name of a house. Indices only.
create table watched_day (
  organisation text   not null,
  day          int    not null,
  first        bigint not null,
  primary key (organisation, day)
);
