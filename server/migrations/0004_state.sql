-- What the Pulumi CLI keeps with its service: updates, the state they leave, and their events.

create table updates (
  id                  uuid primary key,
  stack_id            uuid not null references stacks on delete cascade,
  kind                text not null check (kind in
                        ('update', 'preview', 'refresh', 'destroy', 'import', 'resource-import', 'rename')),
  -- A dry run takes no lock and leaves no history.
  dry_run             boolean not null,
  status              text not null default 'not started' check (status in
                        ('not started', 'running', 'succeeded', 'failed', 'cancelled')),
  version             bigint,
  requested_by        uuid references users on delete set null,
  deployment_id       uuid references deployments on delete set null,
  -- What the deployment was claimed with when it opened this update; not null for every such update.
  deployment_fencing  bigint,
  -- JSON as the client sent it: config values may be ciphertexts and numbers must survive.
  program             text not null,
  config              text not null,
  metadata            text not null,
  journal_version     integer not null default 0,
  lease_token_hash    bytea unique,
  lease_until         timestamptz,
  resource_changes    jsonb,
  created_at          timestamptz not null default now(),
  started_at          timestamptz,
  ended_at            timestamptz,
  constraint a_running_update_has_a_lease check ((status = 'running') = (lease_until is not null))
);
create unique index one_running_update_per_stack on updates (stack_id) where status = 'running' and not dry_run;
create index updates_by_stack on updates (stack_id, created_at desc);
create index updates_by_deployment on updates (deployment_id, created_at) where deployment_id is not null;
create index running_updates on updates (lease_until) where status = 'running';
create unique index one_update_per_version on updates (stack_id, version) where version is not null and not dry_run;

create table states (
  id              bigint generated always as identity primary key,
  stack_id        uuid not null references stacks on delete cascade,
  update_id       uuid references updates on delete set null,
  version         bigint not null,
  schema_version  integer not null,
  features        text[] not null default '{}',
  resource_count  integer not null default 0,
  byte_count      bigint not null,
  sha256          bytea not null check (octet_length(sha256) = 32),
  created_at      timestamptz not null default now(),
  unique (stack_id, version)
);

-- The deployment object's text as it was sent, gzip in pieces that PostgreSQL need not compress again.
create table state_chunks (
  state_id  bigint not null references states on delete cascade,
  seq       integer not null check (seq >= 0),
  body      bytea not null check (octet_length(body) <= 1048576),
  primary key (state_id, seq)
);
alter table state_chunks alter column body set storage external;

create table update_events (
  update_id    uuid not null references updates on delete cascade,
  sequence     integer not null check (sequence >= 0),
  body         text not null,
  received_at  timestamptz not null default clock_timestamp(),
  primary key (update_id, sequence)
);
