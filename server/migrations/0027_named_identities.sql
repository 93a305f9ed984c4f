-- Further identities of a stack, by name: blocks as `oidc` of the settings, beside it and for every operation.
alter table stack_identities
  add column named jsonb not null default '{}' check (jsonb_typeof(named) = 'object');
