-- For whom tokens may be minted beside the clouds of the settings: what an organization allows, and which stack has what of it.

create table organization_audiences (
  organization_id  uuid not null references organizations on delete cascade,
  audience         text not null check (length(audience) between 1 and 600),
  primary key (organization_id, audience)
);

-- What the organization no longer allows, no stack has. A stack that goes to another organization leaves them behind first.
create table stack_audiences (
  organization_id  uuid not null,
  stack_id         uuid not null,
  audience         text not null,
  primary key (stack_id, audience),
  foreign key (organization_id, audience) references organization_audiences (organization_id, audience) on delete cascade,
  foreign key (organization_id, stack_id) references stacks (organization_id, id) on delete cascade
);
create index stack_audiences_by_audience on stack_audiences (organization_id, audience);
