-- What a person should look at, and why: indices of records, pseudonyms, codes and counts. No attribute of a citizen, and no reference to one.
create table alert (
  id        text        primary key,
  rule      text        not null,
  consumer  text        not null,
  officer   text,
  providers text[]      not null,
  records   bigint[]    not null,
  counts    jsonb       not null,
  score     int         not null check (score between 0 and 100),
  at        timestamptz not null,
  due       timestamptz,
  state     text        not null
);
create index alert_consumer on alert (consumer, score desc, at desc) where state = 'open';
create index alert_score on alert (score desc, at desc) where state = 'open';
create index alert_providers on alert using gin (providers) where state = 'open';
