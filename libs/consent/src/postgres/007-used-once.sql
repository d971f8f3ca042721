-- What all processes of the register together take once: proofs of possession, and looks. Digests and random names of neither persons nor
-- officers; gone once they are over.
create table used_once (
  id    text        primary key,
  until timestamptz not null
);
create index used_once_until on used_once (until);
grant select, insert, delete on used_once to weft_consent_write;
