-- Which facts of a deployment its sessions at AWS are tagged with. None unless somebody asked: a role that does not allow
-- sts:TagSession refuses a token that brings tags.
alter table stack_identities
  add column session_tags text[] not null default '{}'
  check (session_tags <@ array['org', 'project', 'stack', 'operation', 'deployment', 'actor', 'commit']);
