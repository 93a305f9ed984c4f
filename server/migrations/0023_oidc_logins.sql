-- Logins by tokens of other issuers: which issuers, what their tokens are worth, and what was given for them.

create table oidc_issuers (
  id                      uuid primary key,
  organization_id         uuid not null references organizations on delete cascade,
  name                    text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'),
  url                     text not null,
  -- As its discovery document says it: the `iss` of its tokens, to the letter.
  issuer                  text not null,
  -- SHA-256 of certificates, one of which its server must show. None: whoever the system's authorities vouch for.
  thumbprints             text[] not null default '{}',
  max_expiration_seconds  integer check (max_expiration_seconds > 0),
  -- Given by hand; none: fetched.
  jwks                    jsonb,
  created_at              timestamptz not null default now(),
  modified_at             timestamptz not null default now(),
  last_used_at            timestamptz,
  unique (organization_id, name),
  unique (organization_id, issuer)
);

create table auth_policies (
  id           uuid primary key,
  issuer_id    uuid not null unique references oidc_issuers on delete cascade,
  version      integer not null default 1,
  policies     jsonb not null,
  created_at   timestamptz not null default now(),
  modified_at  timestamptz not null default now()
);

-- The tokens of one issuer for one team, or of one power, act as one user, so that a stack that one of them made is the
-- next one's too. A deleted issuer's users are nobody's: one of the same name gets new ones.
alter table users add column issuer_id uuid references oidc_issuers on delete set null;
create unique index one_user_per_issuer_and_power on users (issuer_id, kind, team_id, token_role) nulls not distinct
  where issuer_id is not null and (kind <> 'team' or team_id is not null);
alter table users drop constraint users_login_check;
-- Nobody can be called what a token is called: token:acme/ci, token:acme/ops/ci, oidc:acme/github/organization.
alter table users add constraint users_login_check check (
  case when kind = 'person' then login ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$'
       else login ~ '^(token:[a-z0-9_-]+(/[A-Za-z0-9_. -]+){1,2}|oidc:[a-z0-9_-]+(/[A-Za-z0-9_.-]+){2,3})$' end);

alter table access_tokens
  -- Given for a token of this issuer. A person's counts in `organization_id` alone.
  add column issuer_id uuid references oidc_issuers on delete set null,
  add constraint a_token_for_another_one_expires
    check (issuer_id is null or (expires_at is not null and organization_id is not null));
create index access_tokens_by_issuer on access_tokens (issuer_id, expires_at) where issuer_id is not null;

alter table pool_tokens
  add column expires_at timestamptz,
  add column issuer_id uuid references oidc_issuers on delete set null,
  add constraint a_pool_token_for_another_one_expires check (issuer_id is null or expires_at is not null);
create index pool_tokens_by_issuer on pool_tokens (issuer_id, expires_at) where issuer_id is not null;

-- Also by the beginning of an actor: a person's acts, whoever vouched for them.
drop index audit_log_by_actor;
create index audit_log_by_actor on audit_log (organization_id, actor text_pattern_ops, at desc, seq desc);
