-- How the subjects of a stack's tokens name it. The organization under which a stack first had the compact form stays
-- written down, and outlives the organization itself: its clouds may trust the id, so the stack cannot have that form in
-- another one.
alter table stack_identities
  add column subject_form text not null default 'pulumi' check (subject_form in ('pulumi', 'class', 'compact'));
alter table stacks add column compact_subject_of uuid;
