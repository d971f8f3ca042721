-- The access log. What the tree commits to (tree_hash, log_head) is never updated or deleted; what is personal (disclosure) can be
-- erased without touching it.

create table log_head (
  only_one boolean primary key default true check (only_one),
  size     bigint not null check (size >= 0),
  root     bytea  not null check (octet_length(root) = 32)
);
-- The empty tree: SHA-256 of nothing.
insert into log_head (size, root)
values (0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

-- Level 0: leaves. Level n: complete subtrees of 256^n leaves. Rows 256k to 256k+255 of a level are one tile.
create table tree_hash (
  level smallint not null,
  index bigint   not null,
  hash  bytea    not null check (octet_length(hash) = 32),
  primary key (level, index)
);

-- The issuer JWT: nothing personal in clear.
create table record (
  index  bigint primary key,
  jti    text   not null unique,
  kind   text   not null,
  parent text,
  jwt    text   not null
);
create index record_of_access on record (parent) where parent is not null;

-- Who, for what, whom: joined by tildes, as in an SD-JWT.
create table disclosure (
  index bigint primary key,
  texts text   not null
);

create table request_key (
  key   bytea primary key,
  until timestamptz not null
);
create index request_key_until on request_key (until);

-- First intents that no outcome has answered yet.
create table open_intent (
  jti text primary key,
  exp timestamptz not null
);
create index open_intent_exp on open_intent (exp);
