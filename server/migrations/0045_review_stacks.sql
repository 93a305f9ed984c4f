-- Stacks that were made for a pull request after a template, and which rules their templates have for them.

create table review_stacks (
  id                  uuid primary key,
  organization_id     uuid not null references organizations on delete cascade,
  -- Null: the template is gone; the stack is destroyed when its pull request is closed all the same.
  template_id         uuid references stacks on delete set null,
  -- `organization/project/stack`, as it was called when the stack was made.
  template            text not null,
  -- Null: nobody tells us of the pull request any more.
  git_host_id         uuid references git_hosts on delete set null,
  -- In lower case.
  repository          text not null,
  pull_request        integer not null check (pull_request > 0),
  project             text not null,
  name                text not null,
  -- Null: it is gone. The row stays, for it says whose the name was.
  stack_id            uuid unique references stacks on delete set null,
  -- When it went: the moment at which its name was retired.
  gone_at             timestamptz,
  -- Nobody else had given up the name when it was made: its own retirement is lifted for the same pull request.
  owns_name           boolean not null,
  -- The last commit that was trusted and asked for: what it is destroyed with.
  commit              text not null,
  ref                 text not null,
  -- How often its destruction was asked for, and by which deployment last.
  destroys            integer not null default 0 check (destroys >= 0),
  destroy_id          uuid references deployments on delete set null,
  created_at          timestamptz not null default clock_timestamp(),
  constraint one_review_stack_a_pull_request unique (template_id, git_host_id, repository, pull_request),
  constraint a_review_stack_has_its_name unique (organization_id, project, name)
);
create index review_stacks_by_pull_request on review_stacks (git_host_id, repository, pull_request);
create index live_review_stacks on review_stacks (template_id) where stack_id is not null;
create index review_stacks_by_destroy on review_stacks (destroy_id) where destroy_id is not null;

create function review_stack_is_gone() returns trigger language plpgsql as $$
begin
  -- As `retired_stack_names` has it, which is written in the same transaction.
  new.gone_at := now();
  return new;
end $$;
create trigger a_gone_review_stack_says_when before update on review_stacks
  for each row when (old.stack_id is not null and new.stack_id is null) execute function review_stack_is_gone();

-- Of a template; no row: the defaults.
create table review_stack_rules (
  template_id    uuid primary key references stacks on delete cascade,
  inherits_oidc  boolean not null default false,
  most_live      integer not null default 20 check (most_live between 0 and 1000)
);
