-- What is to be said on git hosts, and is not said yet. What it is, is read from the deployments when it is said.

create table git_statuses (
  id             bigint generated always as identity primary key,
  git_host_id    uuid not null references git_hosts on delete cascade,
  repository     text not null,
  commit         text not null,
  -- Its name on the host: one of a name on a commit.
  context        text not null,
  pull_request   integer,
  -- The latest of this context on this commit. Null: what is said stands here.
  deployment_id  uuid references deployments on delete cascade,
  state          text check (state in ('pending', 'running', 'success', 'failure', 'error')),
  description    text,
  url            text,
  -- Grows with each change: what was said of an earlier one does not count.
  change         bigint not null default 1,
  attempts       integer not null default 0 check (attempts >= 0),
  -- Null: it is said, or given up. While it is being said: when, should its server die.
  due_at         timestamptz default clock_timestamp(),
  failure        text,
  constraint git_statuses_key unique (git_host_id, repository, commit, context),
  constraint a_status_says_something
    check ((deployment_id is not null) <> (state is not null and description is not null and url is not null))
);
create index due_git_statuses on git_statuses (git_host_id, due_at) where due_at is not null;
create index git_statuses_by_pull_request on git_statuses (git_host_id, repository, pull_request, id)
  where pull_request is not null;
create index git_statuses_by_deployment on git_statuses (deployment_id) where deployment_id is not null;

create table pull_request_comments (
  id             bigint generated always as identity primary key,
  git_host_id    uuid not null references git_hosts on delete cascade,
  repository     text not null,
  pull_request   integer not null,
  -- The host's id of it; null: there is none yet.
  comment_id     text,
  change         bigint not null default 1,
  attempts       integer not null default 0 check (attempts >= 0),
  due_at         timestamptz default clock_timestamp(),
  failure        text,
  constraint one_comment_a_pull_request unique (git_host_id, repository, pull_request)
);
create index due_pull_request_comments on pull_request_comments (git_host_id, due_at) where due_at is not null;

-- Several stacks of one pull request begin and end together: their comment waits a moment for all of them.
create function comment_is_due(host uuid, repository_name text, number integer) returns void language sql as $$
  insert into pull_request_comments (git_host_id, repository, pull_request, due_at)
  select h.id, repository_name, number, clock_timestamp() + interval '1 second'
    from git_hosts h where h.id = host and number is not null for key share
  on conflict on constraint one_comment_a_pull_request do update
    set change = pull_request_comments.change + 1, attempts = 0, failure = null, due_at = excluded.due_at
$$;

create function report_new_deployment() returns trigger language plpgsql as $$
begin
  insert into git_statuses (git_host_id, repository, commit, context, pull_request, deployment_id)
  select h.id, new.git ->> 'repository', new.git ->> 'commit',
         'daypass/' || o.name || '/' || s.project || '/' || s.name
           || case when new.operation = 'update' then '' else ' (' || new.operation || ')' end,
         (new.git ->> 'pullRequest')::integer, new.id
    from git_hosts h, stacks s join organizations o on o.id = s.organization_id
   where h.id = (new.git ->> 'hostId')::uuid and s.id = new.stack_id
     for key share of h
  on conflict on constraint git_statuses_key do update
    set deployment_id = excluded.deployment_id, pull_request = excluded.pull_request, state = null,
        description = null, url = null, change = git_statuses.change + 1, attempts = 0, failure = null,
        due_at = clock_timestamp();
  perform comment_is_due((new.git ->> 'hostId')::uuid, new.git ->> 'repository',
                         (new.git ->> 'pullRequest')::integer);
  perform pg_notify('git_reports', '');
  return null;
end $$;
-- Those that come back from a backup have ended, and were reported.
create trigger a_new_deployment_is_reported after insert on deployments
  for each row when (new.git is not null and new.status in ('waiting', 'ready')) execute function report_new_deployment();

create function report_changed_deployment() returns trigger language plpgsql as $$
begin
  update git_statuses set change = change + 1, attempts = 0, failure = null, due_at = clock_timestamp()
   where deployment_id = new.id;
  perform comment_is_due((new.git ->> 'hostId')::uuid, new.git ->> 'repository',
                         (new.git ->> 'pullRequest')::integer);
  perform pg_notify('git_reports', '');
  return null;
end $$;
-- A host knows no difference between waiting, ready and accepted.
create trigger a_changed_deployment_is_reported after update of status on deployments
  for each row when (new.git is not null and old.status <> new.status
                     and new.status in ('running', 'succeeded', 'failed', 'skipped'))
  execute function report_changed_deployment();

-- The comment has a row of its own.
alter table pull_requests drop column comment_id;
