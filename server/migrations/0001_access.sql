-- Who may do what: organizations, people, their tokens, and the pools that runners claim from.

create table organizations (
  id                   uuid primary key,
  -- The token's audience is this name, and clouds compare audiences by case: lower case only.
  name                 text not null unique check (name ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$'),
  concurrency_limit    integer not null default 20 check (concurrency_limit > 0),
  running_deployments  integer not null default 0 check (running_deployments >= 0),
  deployments_paused   boolean not null default false,
  created_at           timestamptz not null default now()
);

create table users (
  id          uuid primary key,
  login       text not null unique check (login ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$'),
  name        text not null,
  email       text not null default '',
  site_admin  boolean not null default false,
  created_at  timestamptz not null default now()
);

create table members (
  organization_id  uuid not null references organizations on delete cascade,
  user_id          uuid not null references users on delete cascade,
  role             text not null check (role in ('admin', 'member')),
  created_at       timestamptz not null default now(),
  primary key (organization_id, user_id)
);
create index members_by_user on members (user_id);

create table access_tokens (
  id            uuid primary key,
  user_id       uuid not null references users on delete cascade,
  token_hash    bytea not null unique check (octet_length(token_hash) = 32),
  description   text not null default '',
  created_at    timestamptz not null default now(),
  expires_at    timestamptz,
  revoked_at    timestamptz,
  last_used_at  timestamptz
);

-- A pool without an organization is the installation's own: it serves every organization.
create table pools (
  id               uuid primary key,
  organization_id  uuid references organizations on delete cascade,
  name             text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'),
  description      text not null default '',
  created_at       timestamptz not null default now(),
  unique nulls not distinct (organization_id, name)
);

create table pool_tokens (
  id          uuid primary key,
  pool_id     uuid not null references pools on delete cascade,
  token_hash  bytea not null unique check (octet_length(token_hash) = 32),
  -- Handed by a pipe to the runner that starts with the server; that server's end revokes it.
  ephemeral   boolean not null default false,
  created_at  timestamptz not null default now(),
  revoked_at  timestamptz
);
create index pool_tokens_by_pool on pool_tokens (pool_id);
