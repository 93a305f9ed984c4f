-- How many deployments have ended, by stack, operation and outcome: a list says how many there are without counting them.
-- The id of a stack that is gone is the one it had.
create table deployment_tallies (
  stack_id         uuid    not null,
  organization_id  uuid    not null references organizations on delete cascade,
  operation        text    not null,
  status           text    not null,
  count            bigint  not null check (count >= 0),
  primary key (stack_id, operation, status)
);
create index deployment_tallies_by_organization on deployment_tallies (organization_id);
-- What has not ended is counted: it does not grow with the history.
create index unended_deployments on deployments (organization_id)
  where status in ('waiting', 'ready', 'accepted', 'running');

create function tally_ended_deployment() returns trigger language plpgsql as $$
begin
  insert into deployment_tallies (stack_id, organization_id, operation, status, count)
  values (coalesce(new.stack_id, new.removed_stack_id), new.organization_id, new.operation, new.status, 1)
  on conflict (stack_id, operation, status) do update set count = deployment_tallies.count + 1;
  return null;
end $$;
create trigger a_deployment_that_ends_is_tallied after update on deployments
  for each row when (old.ended_at is null and new.ended_at is not null) execute function tally_ended_deployment();

create function tally_new_deployments() returns trigger language plpgsql as $$
begin
  insert into deployment_tallies (stack_id, organization_id, operation, status, count)
  select coalesce(stack_id, removed_stack_id), organization_id, operation, status, count(*)
    from added where ended_at is not null group by 1, 2, 3, 4
  on conflict (stack_id, operation, status) do update set count = deployment_tallies.count + excluded.count;
  return null;
end $$;
create trigger deployments_that_come_ended_are_tallied after insert on deployments
  referencing new table as added for each statement execute function tally_new_deployments();

create function untally_deleted_deployments() returns trigger language plpgsql as $$
begin
  update deployment_tallies t set count = t.count - gone.count
    from (select coalesce(stack_id, removed_stack_id) as stack_id, operation, status, count(*) as count
            from deleted where ended_at is not null group by 1, 2, 3) gone
   where t.stack_id = gone.stack_id and t.operation = gone.operation and t.status = gone.status;
  delete from deployment_tallies
   where count = 0 and stack_id in (select coalesce(stack_id, removed_stack_id) from deleted);
  return null;
end $$;
create trigger deleted_deployments_are_not_tallied after delete on deployments
  referencing old table as deleted for each statement execute function untally_deleted_deployments();

create function move_tallies() returns trigger language plpgsql as $$
begin
  update deployment_tallies set organization_id = new.organization_id where stack_id = new.id;
  return null;
end $$;
create trigger a_stack_takes_its_tallies_along after update of organization_id on stacks
  for each row when (old.organization_id <> new.organization_id) execute function move_tallies();

insert into deployment_tallies (stack_id, organization_id, operation, status, count)
select coalesce(stack_id, removed_stack_id), organization_id, operation, status, count(*)
  from deployments where ended_at is not null group by 1, 2, 3, 4;
