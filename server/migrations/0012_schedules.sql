-- Schedules and what came of them, drift and its remediation, and what stays readable of a stack that its own deployment
-- removed.

create table schedules (
  id           uuid primary key,
  stack_id     uuid not null references stacks on delete cascade,
  kind         text not null check (kind in ('raw', 'drift', 'ttl')),
  cron         text,
  time_zone    text not null default 'UTC',
  once         timestamptz,
  -- What is asked for when it is time: the operation, whether saved settings are inherited, and settings with sealed secrets.
  request      jsonb not null,
  -- Whose rights count when it is time: who made it, or changed it last. Null: that person is gone.
  acts_for     uuid references users on delete set null,
  paused       boolean not null default false,
  -- Null: never again.
  next_at      timestamptz,
  created_at   timestamptz not null default now(),
  modified_at  timestamptz not null default now(),
  constraint a_schedule_is_recurring_or_single check ((cron is null) <> (once is null))
);
create index schedules_by_stack on schedules (stack_id, created_at);
create index due_schedules on schedules (next_at) where next_at is not null and not paused;

-- One row for each time that was planned and has come, whatever became of it.
create table schedule_runs (
  id            uuid primary key,
  schedule_id   uuid not null references schedules on delete cascade,
  planned_at    timestamptz not null,
  executed_at   timestamptz not null,
  result        text not null check (result in ('queued', 'refused', 'missed')),
  -- Why it was refused or missed; null when there is nothing to say.
  message       text,
  deployment_id uuid references deployments on delete set null,
  unique (schedule_id, planned_at),
  constraint only_a_queued_run_has_a_deployment check (result = 'queued' or deployment_id is null)
);
create index schedule_runs_by_deployment on schedule_runs (deployment_id) where deployment_id is not null;

create table removed_stacks (
  -- The id that the stack had.
  id              uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  project         text not null,
  name            text not null,
  last_deployment_version bigint not null,
  removed_at      timestamptz not null default now()
);
create index removed_stacks_by_organization on removed_stacks (organization_id);

alter table deployments
  alter column stack_id drop not null,
  add column removed_stack_id uuid references removed_stacks on delete cascade,
  -- The detect-drift whose finding this one puts right.
  add column remediates_id uuid references deployments on delete set null,
  add constraint a_deployment_has_one_stack check ((stack_id is null) <> (removed_stack_id is null));
create index deployments_of_removed_stacks on deployments (removed_stack_id) where removed_stack_id is not null;
create index drift_detections on deployments (stack_id, seq) where operation = 'detect-drift';
create index remediations on deployments (remediates_id) where remediates_id is not null;

alter table updates
  alter column stack_id drop not null,
  add column removed_stack_id uuid references removed_stacks on delete cascade,
  -- A preview-only refresh of the whole stack, by whomever.
  add column detects_drift boolean not null default false,
  add constraint an_update_has_one_stack check ((stack_id is null) <> (removed_stack_id is null));
create index updates_of_removed_stacks on updates (removed_stack_id) where removed_stack_id is not null;
create index drift_looks on updates (stack_id, created_at) where detects_drift;

-- What the engine did, or would do, with the event's resource.
alter table update_events add column op text;
