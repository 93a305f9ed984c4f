-- By what credentials of a running deployment are recognized in what its program sends; never the credentials.

create table credential_fingerprints (
  id             bigint generated always as identity primary key,
  deployment_id  uuid not null references deployments (id) on delete cascade,
  mac_key        bytea not null check (octet_length(mac_key) = 32),
  report         jsonb not null,
  unique (deployment_id, mac_key)
);
