-- Where an organization's repositories lie, and what those hosts told us.

create table git_hosts (
  id               uuid primary key,
  organization_id  uuid not null references organizations on delete cascade,
  name             text not null check (name ~ '^[A-Za-z0-9_.-]{1,100}$'),
  kind             text not null check (kind in ('github-app', 'github', 'github-enterprise', 'gitlab', 'bitbucket',
                                                 'azure-devops', 'gitea', 'custom', 'polling')),
  web_url          text not null,
  api_url          text,
  -- Nothing secret.
  settings         jsonb not null default '{}',
  -- Under the organization's data key.
  sealed_secrets   bytea not null,
  -- Whose rights count for what its events cause: who connected it. Null: that person is gone.
  acts_for         uuid references users on delete set null,
  created_at       timestamptz not null default now(),
  last_event_at    timestamptz,
  last_failure_at  timestamptz,
  last_failure     text,
  constraint git_hosts_name_key unique (organization_id, name)
);

create table git_deliveries (
  id            uuid primary key,
  seq           bigint generated always as identity unique,
  git_host_id   uuid not null references git_hosts on delete cascade,
  -- The host's id of the delivery, or the hash of its body: what is delivered twice is stored once.
  delivery_key  text not null,
  -- The host's word for it.
  event         text not null,
  -- `host`: as it came. `daypass`: what we found out ourselves, its body an internal event.
  origin        text not null default 'host' check (origin in ('host', 'daypass')),
  -- Those of one subject (a branch, a pull request) are handled in the order in which they came. Null: on its own.
  subject       text,
  -- The few that reading it needs; none that is secret.
  headers       jsonb not null default '{}',
  body          bytea not null,
  received_at   timestamptz not null default clock_timestamp(),
  attempts      integer not null default 0 check (attempts >= 0),
  -- When it is to be handled (again); null when it is over. While it is being handled: when, should its server die.
  due_at        timestamptz,
  handled_at    timestamptz,
  -- What came of it, stack by stack, and what to mend.
  outcome       jsonb,
  constraint a_delivery_is_stored_once unique (git_host_id, delivery_key)
);
create index due_git_deliveries on git_deliveries (git_host_id, due_at) where due_at is not null;
create index due_git_deliveries_by_subject on git_deliveries (git_host_id, subject, seq) where due_at is not null;
create index git_deliveries_by_host on git_deliveries (git_host_id, seq desc);
