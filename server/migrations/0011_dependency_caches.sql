-- Runners keep what jobs downloaded under a key with this number in it: to clear a project's cache is to raise it.
create table dependency_caches (
  organization_id  uuid not null references organizations on delete cascade,
  project          text not null,
  generation       bigint not null default 0 check (generation >= 0),
  primary key (organization_id, project)
);
