-- What an update has stored as events, in bytes, so that a program which prints without end cannot fill the disk.
alter table updates add column event_bytes bigint not null default 0;
-- The limit was reached, and a sentence stands where events were left out.
alter table updates add column events_full boolean not null default false;
