-- Sign-ins of the web console: a cookie that stands for an access token of a person, for a while, and ends with it.
create table console_sessions (
  id uuid primary key,
  access_token_id uuid not null references access_tokens (id) on delete cascade,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index console_sessions_of_access_token on console_sessions (access_token_id);
