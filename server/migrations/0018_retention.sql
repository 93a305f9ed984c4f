-- What has gone by itself is remembered, so that nobody takes it for something that never was.
alter table deployments add column log_deleted_at timestamptz;
alter table updates add column events_deleted_at timestamptz;
-- The oldest events first, and how much there is in all.
create index updates_with_events on updates (ended_at, id) include (event_bytes)
  where ended_at is not null and event_bytes > 0;
