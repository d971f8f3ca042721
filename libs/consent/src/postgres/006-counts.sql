-- What happened in a time is counted, and whether somebody consented anew, without going through everything.
create index record_version_event on record_version ((body::jsonb -> 'event' ->> 'event_time') collate "C") where body::jsonb ->> 'kind' = 'consent';
create index record_by_person on record (principal);
