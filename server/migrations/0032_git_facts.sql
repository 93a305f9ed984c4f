-- Deployments that a git host's event asked for, and those whose source a git host gives.

alter table deployments
  -- What the event said; null for every other trigger.
  add column git jsonb,
  -- Who gives the credential for the source; null: the settings name the source, or the host was disconnected.
  add column git_host_id uuid references git_hosts on delete set null;
create index deployments_by_git_host on deployments (git_host_id) where git_host_id is not null;
