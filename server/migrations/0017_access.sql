-- Roles, teams, what members may do with stacks, and tokens of organizations and teams.

alter table organizations
  -- 0 none, 101 read, 102 write, 103 admin: what members may do with every stack, as Pulumi's API numbers it.
  add column default_stack_permission smallint not null default 102
    check (default_stack_permission in (0, 101, 102, 103)),
  add column members_create_stacks boolean not null default true,
  add column members_delete_stacks boolean not null default true,
  add column members_transfer_stacks boolean not null default false,
  add column members_create_teams boolean not null default false,
  -- None: no limit but that of the installation.
  add column max_token_days integer check (max_token_days between 1 and 730);

alter table members drop constraint members_role_check;
alter table members add constraint members_role_check check (role in ('admin', 'member', 'billing-manager'));

create table teams (
  id               uuid primary key,
  organization_id  uuid not null references organizations on delete cascade,
  name             text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'),
  display_name     text not null,
  description      text not null default '',
  created_at       timestamptz not null default now(),
  unique (organization_id, name),
  unique (organization_id, id)
);

-- Who leaves the organization leaves its teams.
create table team_members (
  organization_id  uuid not null,
  team_id          uuid not null,
  user_id          uuid not null,
  role             text not null check (role in ('member', 'admin')),
  created_at       timestamptz not null default now(),
  primary key (team_id, user_id),
  foreign key (organization_id, team_id) references teams (organization_id, id) on delete cascade,
  foreign key (organization_id, user_id) references members (organization_id, user_id) on delete cascade
);
create index team_members_by_user on team_members (organization_id, user_id);

alter table stacks add constraint stacks_organization_id_id_key unique (organization_id, id);
-- Whoever made it, a person or a token, administers it until somebody takes that away.
alter table stacks add column created_by uuid references users on delete set null;
-- Both were written by one transaction.
update stacks s set created_by = u.id
  from audit_log a join users u on a.actor = 'user:' || u.login
 where a.action = 'stack.created' and a.organization_id = s.organization_id and a.at = s.created_at;
create index stacks_by_creator on stacks (created_by) where created_by is not null;

-- A stack that goes to another organization leaves the teams and the people of this one first.
create table team_stacks (
  organization_id  uuid not null,
  team_id          uuid not null,
  stack_id         uuid not null,
  permission       smallint not null check (permission in (101, 102, 103)),
  primary key (stack_id, team_id),
  foreign key (organization_id, team_id) references teams (organization_id, id) on delete cascade,
  foreign key (organization_id, stack_id) references stacks (organization_id, id) on delete cascade
);
create index team_stacks_by_team on team_stacks (team_id);

create table stack_collaborators (
  organization_id  uuid not null,
  stack_id         uuid not null,
  user_id          uuid not null,
  permission       smallint not null check (permission in (101, 102, 103)),
  created_at       timestamptz not null default now(),
  primary key (stack_id, user_id),
  foreign key (organization_id, stack_id) references stacks (organization_id, id) on delete cascade,
  foreign key (organization_id, user_id) references members (organization_id, user_id) on delete cascade
);
create index stack_collaborators_by_user on stack_collaborators (organization_id, user_id);

-- An organization's or a team's token acts as a user of its own kind, so that updates and audit name what it is.
alter table users
  add column kind text not null default 'person' check (kind in ('person', 'organization', 'team')),
  add column organization_id uuid references organizations on delete cascade,
  add column team_id uuid references teams on delete set null,
  add column token_role text check (token_role in ('admin', 'member', 'none')),
  add column default_organization_id uuid references organizations on delete set null,
  add column deactivated_at timestamptz,
  add constraint only_a_token_belongs_to_an_organization
    check ((kind = 'person') = (organization_id is null) and (kind = 'person') = (token_role is null)
           and (kind = 'person' or not site_admin));
alter table users drop constraint users_login_check;
-- Nobody can be called what a token is called: token:acme/ci, token:acme/ops/ci.
alter table users add constraint users_login_check check (
  case when kind = 'person' then login ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$'
       else login ~ '^token:[a-z0-9_-]+(/[A-Za-z0-9_. -]+){1,2}$' end);

alter table access_tokens
  add column kind text not null default 'personal' check (kind in ('personal', 'organization', 'team')),
  add column name text not null default '',
  -- Of an organization or a team: whose it is.
  add column organization_id uuid references organizations on delete cascade,
  add column team_id uuid references teams on delete set null,
  add column created_by uuid references users on delete set null,
  add constraint a_token_of_an_organization_names_it check (kind = 'personal' or organization_id is not null);
-- Also of those that were revoked: a name in an old record means one token.
create unique index one_token_per_name on access_tokens (organization_id, name) where name <> '';
create index access_tokens_by_user on access_tokens (user_id, created_at desc);
create index access_tokens_by_organization on access_tokens (organization_id, created_at desc)
  where organization_id is not null;

-- Somebody can always administer an organization, whoever asks at the same moment for whatever.
create function check_admin_left(organization uuid) returns void language plpgsql as $$
begin
  perform from organizations where id = organization for no key update;
  if not found then return; end if; -- it goes itself
  if not exists (select from members m join users u on u.id = m.user_id
                  where m.organization_id = organization and m.role = 'admin' and u.deactivated_at is null) then
    raise exception 'the organization would have no admin'
      using errcode = 'check_violation', constraint = 'an_organization_has_an_admin';
  end if;
end $$;

create function keep_an_admin() returns trigger language plpgsql as $$
begin
  perform check_admin_left(old.organization_id);
  return null;
end $$;
-- At the end of the transaction: a restore takes everybody away first.
create constraint trigger an_organization_keeps_an_admin after delete or update of role on members
  deferrable initially deferred for each row when (old.role = 'admin') execute function keep_an_admin();

create function keep_admins_of_the_deactivated() returns trigger language plpgsql as $$
begin
  if old.site_admin then
    perform pg_advisory_xact_lock(7227400011);
    if not exists (select from users where site_admin and deactivated_at is null) then
      raise exception 'the installation would have no admin'
        using errcode = 'check_violation', constraint = 'an_installation_has_an_admin';
    end if;
  end if;
  perform check_admin_left(organization_id) from members where user_id = old.id and role = 'admin'
    order by organization_id;
  return null;
end $$;
create trigger the_deactivated_leave_an_admin after update of deactivated_at on users
  for each row when (old.deactivated_at is null and new.deactivated_at is not null)
  execute function keep_admins_of_the_deactivated();
