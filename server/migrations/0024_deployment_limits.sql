-- How long a deployment may run was the same for everybody.
alter table organizations add column deployment_timeout_seconds integer not null default 7200
  check (deployment_timeout_seconds between 300 and 86400);
