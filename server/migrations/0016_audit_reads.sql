-- Reading the audit log by time, and of that only one kind of event or what one actor did.

create index audit_log_by_time on audit_log (organization_id, at desc, seq desc);
create index audit_log_by_action on audit_log (organization_id, action, at desc, seq desc);
create index audit_log_by_actor on audit_log (organization_id, actor, at desc, seq desc);
-- Nothing reads in its order.
drop index audit_log_by_organization;
