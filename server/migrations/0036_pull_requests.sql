-- Pull requests as their hosts last told of them, and which of their commits somebody with write access approved.

create table pull_requests (
  id           uuid primary key,
  git_host_id  uuid not null references git_hosts on delete cascade,
  -- In lower case.
  repository   text not null,
  number       integer not null check (number > 0),
  head_commit  text not null,
  -- How many heads it has had: one may come back.
  moves        bigint not null default 1,
  state        text not null check (state in ('open', 'closed')),
  -- By the host's answer, not by an event.
  facts        jsonb not null,
  -- Ours, which is kept up to date. Null: there is none.
  comment_id   text,
  created_at   timestamptz not null default now(),
  changed_at   timestamptz not null default now(),
  constraint a_pull_request_is_known_once unique (git_host_id, repository, number)
);
create index open_pull_requests on pull_requests (git_host_id, repository) where state = 'open';

-- Of exactly this commit: another one needs another approval.
create table pull_request_approvals (
  pull_request_id  uuid not null references pull_requests on delete cascade,
  commit           text not null,
  -- A login of the host.
  approved_by      text not null,
  approved_at      timestamptz not null default clock_timestamp(),
  primary key (pull_request_id, commit)
);
