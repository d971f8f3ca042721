-- Accesses drawn by lot that somebody looked at and found justified: by number, nothing of what is in them.
create table work_done (
  organisation text        not null,
  day          date        not null,
  key          text        not null,
  officer      text        not null,
  at           timestamptz not null,
  primary key (organisation, day, key)
);
