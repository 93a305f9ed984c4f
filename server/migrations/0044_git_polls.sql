-- Git remotes that nobody tells us about: which pool's runners look at them, who does so now, and what was seen last.

create table git_polls (
  git_host_id    uuid not null references git_hosts on delete cascade,
  repository     text not null,
  pool_id        uuid not null references pools on delete cascade,
  every_seconds  integer not null check (every_seconds between 5 and 86400),
  due_at         timestamptz not null default clock_timestamp(),
  -- Of the one runner that looks now: a row has one, so that there are never two.
  lease_id       uuid constraint a_poll_lease_is_of_one_remote unique,
  lease_until    timestamptz,
  -- How often it was looked at with success; the first time nothing follows from what is seen.
  looks          bigint not null default 0,
  looked_at      timestamptz,
  -- Whether the last look saw every ref: else one that was not seen before may be an old one.
  saw_all        boolean not null default false,
  failures       integer not null default 0,
  failed_at      timestamptz,
  failure_code   text,
  failure        text,
  primary key (git_host_id, repository),
  constraint a_poll_lease_has_an_end check ((lease_id is null) = (lease_until is null))
);
create index git_polls_by_pool on git_polls (pool_id, due_at);

create table git_polled_refs (
  git_host_id  uuid not null,
  repository   text not null,
  -- `refs/heads/main`, `refs/tags/v1`.
  ref          text not null,
  commit       text not null,
  primary key (git_host_id, repository, ref),
  foreign key (git_host_id, repository) references git_polls on delete cascade
);

-- What is looked at follows from the connection, in the transaction that changes it.
create function polls_follow_their_git_host() returns trigger language plpgsql as $$
begin
  delete from git_polls
   where git_host_id = new.id and not (new.settings -> 'repositories') ? repository;
  insert into git_polls (git_host_id, repository, pool_id, every_seconds)
  select new.id, name, (new.settings ->> 'poolId')::uuid, (new.settings ->> 'everySeconds')::integer
    from jsonb_array_elements_text(new.settings -> 'repositories') name
  on conflict (git_host_id, repository) do update
    set pool_id = excluded.pool_id, every_seconds = excluded.every_seconds, due_at = clock_timestamp(),
        -- What another pool's runner has begun counts no more.
        lease_id = case when git_polls.pool_id = excluded.pool_id then git_polls.lease_id end,
        lease_until = case when git_polls.pool_id = excluded.pool_id then git_polls.lease_until end;
  return null;
end $$;

create trigger polls_follow_their_git_host after insert or update of settings, sealed_secrets on git_hosts
  for each row when (new.kind = 'polling') execute function polls_follow_their_git_host();
