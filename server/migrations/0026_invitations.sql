-- Links with which somebody who is not there yet becomes a member of an organization. One that was used is gone.

create table invitations (
  id               uuid primary key,
  organization_id  uuid not null references organizations on delete cascade,
  login            text not null check (login ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$'),
  name             text not null,
  email            text not null default '',
  role             text not null check (role in ('admin', 'member', 'billing-manager')),
  code_hash        bytea not null unique check (octet_length(code_hash) = 32),
  created_by       uuid not null references users on delete cascade,
  created_at       timestamptz not null default now(),
  expires_at       timestamptz not null,
  -- A second one for the same person takes the place of the first.
  unique (organization_id, login)
);
