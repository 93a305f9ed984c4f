-- The queue, and what each deployment wrote. `waiting` and `ready` are both `not-started` to the outside.

create table deployments (
  id                   uuid primary key,
  seq                  bigint generated always as identity unique,
  stack_id             uuid not null references stacks on delete cascade,
  organization_id      uuid not null references organizations on delete cascade,
  version              bigint not null,
  operation            text not null check (operation in
                         ('preview', 'update', 'refresh', 'destroy', 'detect-drift', 'remediate-drift')),
  status               text not null check (status in
                         ('waiting', 'ready', 'accepted', 'running', 'succeeded', 'failed', 'skipped')),
  pool_id              uuid not null references pools,
  requested_by         uuid not null references users,
  trigger              text not null,
  initiator            text not null default '',
  -- Merged with the stack's saved settings when it was requested; secrets are ciphertexts.
  settings             jsonb not null,
  -- Sentences that open its log, about what was done otherwise than asked.
  notes                text[] not null default '{}',
  timeout_seconds      integer not null check (timeout_seconds > 0),
  runner_name          text,
  -- Grows with each claim; every write of a job carries the number it was claimed with.
  fencing              bigint not null default 0,
  job_token_hash       bytea unique,
  stack_token_hash     bytea unique,
  lease_until          timestamptz,
  cancel_requested_at  timestamptz,
  failure_code         text,
  failure_message      text,
  created_at           timestamptz not null default now(),
  modified_at          timestamptz not null default now(),
  ready_at             timestamptz,
  claimed_at           timestamptz,
  started_at           timestamptz,
  ended_at             timestamptz,
  unique (stack_id, version),
  constraint a_live_deployment_has_a_lease
    check ((status in ('accepted', 'running')) = (lease_until is not null)),
  constraint an_ended_deployment_has_a_time
    check ((status in ('succeeded', 'failed', 'skipped')) = (ended_at is not null))
);
-- The guarantee: one head a stack. The queries are only polite about it.
create unique index one_head_per_stack on deployments (stack_id) where status in ('ready', 'accepted', 'running');
-- A claim reads only this one: the first head of each organization, then the heads of one.
create index ready_by_pool on deployments (pool_id, organization_id, seq) where status = 'ready';
create index waiting_by_stack on deployments (stack_id, seq) where status = 'waiting';
create index unstarted_by_age on deployments (created_at) where status in ('waiting', 'ready');
create index live_leases on deployments (lease_until) where status in ('accepted', 'running');
create index deployments_by_organization on deployments (organization_id, seq desc);

-- A stack that is deleted takes its deployments along; the organization gets their places back.
create function give_back_deployment_place() returns trigger language plpgsql as $$
begin
  update organizations set running_deployments = running_deployments - 1 where id = old.organization_id;
  return null;
end $$;
create trigger a_deleted_deployment_gives_its_place_back after delete on deployments
  for each row when (old.status in ('accepted', 'running')) execute function give_back_deployment_place();

create table deployment_steps (
  deployment_id  uuid not null references deployments on delete cascade,
  step           integer not null check (step >= 0),
  name           text not null,
  status         text not null check (status in ('not-started', 'running', 'succeeded', 'failed')),
  line_count     integer not null default 0 check (line_count >= 0),
  -- Lines that the server wrote itself; a job counts its own lines only, from 0.
  server_lines   integer not null default 0 check (server_lines >= 0),
  byte_count     bigint not null default 0 check (byte_count >= 0),
  -- The deployment's log was full: what came after was counted and dropped.
  dropped_lines  integer not null default 0 check (dropped_lines >= 0),
  started_at     timestamptz,
  ended_at       timestamptz,
  primary key (deployment_id, step)
);

-- A row a batch; `lines` is a JSON array of [RFC 3339 time, text with its newline].
create table log_chunks (
  deployment_id  uuid not null,
  step           integer not null,
  first_line     integer not null check (first_line >= 0),
  line_count     integer not null check (line_count > 0),
  lines          text not null,
  primary key (deployment_id, step, first_line),
  foreign key (deployment_id, step) references deployment_steps on delete cascade
);
