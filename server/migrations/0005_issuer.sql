-- Who we say a job is: the keys that sign it, and a record of every token before it leaves.

create table signing_keys (
  kid                 text primary key,
  public_jwk          jsonb not null,
  sealed_private_key  bytea not null,
  created_at          timestamptz not null default now(),
  signs_from          timestamptz not null,
  retired_at          timestamptz
);

-- No foreign keys: a record outlives what it speaks of.
create table mints (
  seq              bigint generated always as identity primary key,
  jti              uuid not null unique,
  kid              text not null,
  organization_id  uuid not null,
  stack_id         uuid not null,
  deployment_id    uuid not null,
  subject          text not null,
  audience         text not null,
  purpose          text not null check (purpose in ('exchange', 'job')),
  issued_at        timestamptz not null,
  expires_at       timestamptz not null
);
create index mints_by_deployment on mints (deployment_id, seq);

create table audit_log (
  seq              bigint generated always as identity primary key,
  at               timestamptz not null default now(),
  organization_id  uuid,
  actor            text not null,
  action           text not null,
  target           text not null,
  details          jsonb not null default '{}'
);
create index audit_log_by_organization on audit_log (organization_id, seq desc);
