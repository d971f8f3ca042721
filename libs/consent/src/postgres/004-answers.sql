-- A request may be for a guardian to answer; a silence may end.

alter table asking_event add column guardian text;
create index asking_guardian on asking_event (guardian, principal) where guardian is not null;

drop index asking_silence;
create index asking_silence on asking_event (principal, entry) where type in ('silenced', 'heard-again');
