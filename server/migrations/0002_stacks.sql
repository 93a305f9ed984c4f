-- Stacks, the names they gave up, their data keys and their deployment settings.

create table stacks (
  id                       uuid primary key,
  organization_id          uuid not null references organizations on delete cascade,
  project                  text not null check (project ~ '^[A-Za-z0-9_.-]{1,100}$'),
  name                     text not null check (name ~ '^[A-Za-z0-9_.-]{1,100}$'),
  tags                     jsonb not null default '{}',
  -- Of the latest update that may write: it grows when one starts, whatever becomes of it.
  version                  bigint not null default 0 check (version >= 0),
  -- The latest such update, running or ended (no foreign key: the updates point here).
  active_update_id         uuid,
  last_deployment_version  bigint not null default 0 check (last_deployment_version >= 0),
  deployments_paused       boolean not null default false,
  created_at               timestamptz not null default now(),
  unique (organization_id, project, name)
);

-- A cloud's trust policy may still name a stack that is gone. Whoever takes the name gets no token for it
-- until an organization admin releases it.
create table retired_stack_names (
  organization_id  uuid not null references organizations on delete cascade,
  project          text not null,
  name             text not null,
  retired_at       timestamptz not null default now(),
  primary key (organization_id, project, name)
);

create table stack_data_keys (
  stack_id     uuid not null references stacks on delete cascade,
  version      integer not null check (version > 0),
  wrapped_key  bytea not null,
  created_at   timestamptz not null default now(),
  primary key (stack_id, version)
);

create table deployment_settings (
  stack_id    uuid primary key references stacks on delete cascade,
  version     integer not null default 1,
  settings    jsonb not null,
  source      text not null default 'api',
  updated_by  uuid references users on delete set null,
  updated_at  timestamptz not null default now()
);
