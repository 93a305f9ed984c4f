-- Whether credentials are renewed while a deployment runs. Off: as they are when it begins, and dead when they end.
alter table stack_identities add column renew boolean not null default true;
