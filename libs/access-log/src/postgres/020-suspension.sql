-- Agreements that their providers suspended at once: the record of each, kept apart from what retention erases. Nothing here is of a person.
create table suspension (
  index  bigint primary key,
  record text   not null,
  proof  text   not null
);
grant select, insert on suspension to weft_log_append;
grant select on suspension to weft_log_search;
