-- A deleted pool stays for the deployments that ran in it; its name is free again.
alter table pools add column deleted_at timestamptz;
-- Where deployments of the organization go that name no pool. None: the installation's shared pool.
alter table pools add column is_default boolean not null default false;
alter table pools add constraint a_default_pool_is_one_of_an_organization
  check (not is_default or (organization_id is not null and deleted_at is null));
alter table pools drop constraint pools_organization_id_name_key;
create unique index one_pool_per_name on pools (organization_id, name) nulls not distinct where deleted_at is null;
create unique index one_default_pool_per_organization on pools (organization_id) where is_default;

-- Runners as they introduced themselves with their last claim. One that is gone leaves its row until nobody wants it.
create table pool_runners (
  pool_id      uuid        not null references pools (id) on delete cascade,
  name         text        not null,
  hostname     text        not null,
  pid          text        not null,
  version      text        not null,
  platform     text        not null,
  ip           text        not null,
  last_seen_at timestamptz not null,
  primary key (pool_id, name, hostname, pid)
);

-- The latest deployment of a pool.
create index deployments_by_pool on deployments (pool_id, seq desc);

-- Whether those who administer a stack may change its oidc block, or only admins of the organization.
alter table organizations add column stack_admins_change_oidc boolean not null default false;
