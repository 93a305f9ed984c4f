-- A GitHub App that somebody is making by a manifest: one at a time for each name of a connection.
create table git_app_registrations (
  -- The connection's, once there is one: GitHub is told the address of its webhook before.
  id               uuid primary key,
  organization_id  uuid not null references organizations on delete cascade,
  name             text not null check (name ~ '^[A-Za-z0-9_.-]{1,100}$'),
  begun_by         uuid not null references users on delete cascade,
  kind             text not null check (kind in ('github-app', 'github-enterprise')),
  web_url          text not null,
  api_url          text not null,
  -- An organization of GitHub that is to own the App. Null: the person themselves.
  account          text,
  settings         jsonb not null default '{}',
  -- Of what the link and GitHub bring back.
  state_hash       bytea not null unique check (octet_length(state_hash) = 32),
  progress         text not null default 'waiting' check (progress in ('waiting', 'exchanging', 'connected', 'failed')),
  -- What the person is told who waits.
  failure          text,
  -- Where the App is installed, once it is there.
  install_url      text,
  created_at       timestamptz not null default now(),
  expires_at       timestamptz not null,
  constraint one_registration_a_name unique (organization_id, name),
  constraint a_failure_is_said check ((progress = 'failed') = (failure is not null))
);
