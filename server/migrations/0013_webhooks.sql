-- What happened, who wants to hear of it, and what was sent to them.

-- For what an organization itself keeps secret, as `stack_data_keys` for a stack.
create table organization_data_keys (
  organization_id  uuid not null references organizations on delete cascade,
  version          integer not null check (version > 0),
  wrapped_key      bytea not null,
  created_at       timestamptz not null default now(),
  primary key (organization_id, version)
);

create table webhooks (
  id               uuid primary key,
  -- Of an organization, and so of all its stacks, or of one stack: that one's organization may change.
  organization_id  uuid references organizations on delete cascade,
  stack_id         uuid references stacks on delete cascade,
  name             text not null check (name ~ '^[A-Za-z0-9_.-]{1,100}$'),
  display_name     text not null,
  payload_url      text not null,
  format           text not null check (format in ('raw', 'slack', 'ms_teams', 'pulumi_deployments')),
  active           boolean not null,
  -- Both empty: everything.
  filters          text[] not null default '{}',
  groups           text[] not null default '{}',
  sealed_secret    bytea,
  created_by       uuid references users on delete set null,
  created_at       timestamptz not null default now(),
  constraint a_webhook_has_one_owner check ((organization_id is null) <> (stack_id is null)),
  constraint webhooks_name_key unique nulls not distinct (organization_id, stack_id, name)
);
create index webhooks_by_stack on webhooks (stack_id) where stack_id is not null;

-- Events, written in the transaction of the act, until they have become deliveries.
create table outbox (
  seq              bigint generated always as identity primary key,
  -- No references: that a stack was deleted is told after it has gone, and the row of an organization is what its
  -- claims wait for.
  organization_id  uuid not null,
  stack_id         uuid not null,
  event            text not null,
  facts            jsonb not null,
  happened_at      timestamptz not null default clock_timestamp()
);

create table webhook_deliveries (
  id                uuid primary key,
  seq               bigint generated always as identity unique,
  webhook_id        uuid not null references webhooks on delete cascade,
  kind              text not null,
  -- The body, byte for byte: what is sent again is the same.
  payload           text not null,
  created_at        timestamptz not null default clock_timestamp(),
  attempts          integer not null default 0 check (attempts >= 0),
  -- When it is to be sent (again); null when it is over. While it is being sent: when, should its server die.
  due_at            timestamptz,
  -- Of the latest attempt.
  sent_at           timestamptz,
  duration_ms       integer,
  request_url       text not null default '',
  request_headers   text not null default '',
  -- 0: there was no answer, and response_body says why.
  response_code     integer not null default 0,
  response_headers  text not null default '',
  response_body     text not null default ''
);
create index due_deliveries on webhook_deliveries (webhook_id, due_at) where due_at is not null;
create index deliveries_by_webhook on webhook_deliveries (webhook_id, seq desc);
