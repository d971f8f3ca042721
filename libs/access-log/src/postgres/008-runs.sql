-- What an append writes is one row for each record and one for the batch; all that can be told from the records is told by the search index.

-- Leaves, level 0 of the tree: one row for each batch, 32 bytes for each of its entries. Never updated or deleted, as tree_hash above it.
create table leaf_run (
  first  bigint primary key,
  hashes bytea  not null check (octet_length(hashes) > 0 and octet_length(hashes) % 32 = 0)
);
-- Hashes do not get smaller.
alter table leaf_run alter column hashes set storage external;
insert into leaf_run (first, hashes)
select min(index), string_agg(hash, ''::bytea order by index) from tree_hash where level = 0 group by index / 256 order by 1;
delete from tree_hash where level = 0;
grant select, insert on leaf_run to weft_log_append;
grant select on leaf_run to weft_log_search;

-- First intents that no outcome has answered yet are those that the search index calls open. `exp`: until when a first intent may be answered.
alter table search_record add column exp timestamptz;
update search_record s set exp = to_timestamp((log_b64u(split_part(r.jwt, '.', 2))::json ->> 'exp')::bigint)
from record r where r.index = s.index and s.outcome = 'open';
create index on search_record (exp) where outcome = 'open';
drop table open_intent;
