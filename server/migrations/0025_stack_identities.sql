-- As whom a stack's deployments act beside what Pulumi's settings can say. None: as the settings say.
create table stack_identities (
  stack_id            uuid primary key references stacks on delete cascade,
  -- By operation: a block as `oidc` of the settings, which takes the place of the settings' for that operation, cloud by cloud.
  operations          jsonb not null default '{}' check (jsonb_typeof(operations) = 'object'),
  read_only_previews  boolean not null default false
);
