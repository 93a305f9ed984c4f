-- What the readers of an update ask for.

-- The member that says what an event is, and the resource that it is about: to read only some of them.
alter table update_events add column type text not null default '';
alter table update_events add column urn text;

-- A deployment's update that waits until somebody else is done with the stack.
alter table updates add column waiting_since timestamptz;
