-- A restriction may speak of every provider, also of one that joins later.

alter table record add column everywhere boolean not null default false;
create index record_everywhere on record (record_id) where everywhere and not ended;
