-- Whoever watches an organization is told of each deployment that is new, or moves, when that is committed.
create function notify_changed_deployment() returns trigger language plpgsql as $$
begin
  perform pg_notify('deployment_changed', new.organization_id || ' ' || new.id);
  return null;
end $$;
create trigger notify_new_deployment after insert on deployments
  for each row execute function notify_changed_deployment();
create trigger notify_moved_deployment after update of status, cancel_requested_at on deployments
  for each row when (old.status is distinct from new.status or old.cancel_requested_at is distinct from new.cancel_requested_at)
  execute function notify_changed_deployment();
