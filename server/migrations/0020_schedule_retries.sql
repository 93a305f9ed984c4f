-- A schedule that could not be fired waits a while before it is tried again, and holds nobody up meanwhile.
alter table schedules add column retry_at timestamptz;
