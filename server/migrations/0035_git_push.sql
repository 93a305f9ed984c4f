-- Which stacks a push concerns, what was deployed for it, and where branches stood when we last heard of them.

-- As `candidates.sql.ts` asks for it.
create index settings_by_repository
  on deployment_settings (lower(coalesce(settings #>> '{gitHub,repository}', settings #>> '{vcs,repository}')))
  where coalesce(settings #>> '{gitHub,repository}', settings #>> '{vcs,repository}') is not null;

-- A move of a branch, a tag or a pull request deploys a stack once, whatever is delivered twice.
create table git_triggers (
  stack_id       uuid not null references stacks on delete cascade,
  git_host_id    uuid not null references git_hosts on delete cascade,
  trigger_key    text not null,
  -- Null: it is so long ago that it is gone.
  deployment_id  uuid references deployments on delete set null,
  triggered_at   timestamptz not null default clock_timestamp(),
  primary key (stack_id, git_host_id, trigger_key)
);
create index git_triggers_by_deployment on git_triggers (deployment_id) where deployment_id is not null;

-- Of the branches that stacks are deployed from.
create table git_refs (
  git_host_id  uuid not null references git_hosts on delete cascade,
  -- In lower case.
  repository   text not null,
  ref          text not null,
  -- Null: it was deleted.
  head         text,
  -- How often it has moved, as far as we know: the same commit may come back, and is then another move.
  moves        bigint not null default 1,
  -- Where it stood before, the newest last: a push that leads to one of them was overtaken.
  former       text[] not null default '{}',
  seen_at      timestamptz not null default clock_timestamp(),
  primary key (git_host_id, repository, ref)
);
