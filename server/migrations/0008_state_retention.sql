-- States up to this version were deleted by retention: who asks for one is told so, and not given another instead.
alter table stacks add column states_pruned_to bigint not null default 0;
