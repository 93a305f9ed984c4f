-- An approval is of one commit for one branch that it may be merged into: whoever retargets a pull request needs another one.
-- Nothing has written approvals so far.

delete from pull_request_approvals;
alter table pull_request_approvals
  add column base_branch text not null,
  add column through text not null check (through in ('comment', 'review', 'admin')),
  drop constraint pull_request_approvals_pkey,
  add primary key (pull_request_id, commit, base_branch);
