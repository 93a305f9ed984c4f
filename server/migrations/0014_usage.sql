-- How long runners worked, and for whom: written when a deployment ends, kept when its stack goes.
-- No references: they would lock the organization's row, on which its claims and ends wait for each other.
create table usage_records (
  deployment_id    uuid primary key,
  organization_id  uuid not null,
  stack_id         uuid not null,
  project          text not null,
  stack            text not null,
  operation        text not null,
  started_at       timestamptz not null,
  ended_at         timestamptz not null,
  constraint usage_ends_after_it_starts check (ended_at >= started_at)
);
create index usage_by_end on usage_records (organization_id, ended_at);

insert into usage_records (deployment_id, organization_id, stack_id, project, stack, operation, started_at, ended_at)
select d.id, d.organization_id, d.stack_id, s.project, s.name, d.operation, d.started_at, greatest(d.started_at, d.ended_at)
  from deployments d join stacks s on s.id = d.stack_id
 where d.started_at is not null and d.ended_at is not null;
