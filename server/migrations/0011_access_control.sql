-- Who may do what inside an organization: settings, teams, roles; tokens of organizations and teams; people who left.

alter table organizations
  -- What every member may do with every stack: 0 nothing, 101 read, 102 write, 103 administer.
  add column default_stack_permission  smallint not null default 102 check (default_stack_permission in (0, 101, 102, 103)),
  add column members_create_stacks     boolean not null default true,
  add column members_delete_stacks     boolean not null default true,
  -- Tokens of the organization, its teams and its members live no longer than this. 0: as long as any token may.
  add column max_expiry_days     integer not null default 0 check (max_expiry_days between 0 and 730);

alter table users
  -- A token of an organization or a team acts as a user of its own, so that what it does can be shown.
  add column kind                     text not null default 'person' check (kind in ('person', 'organization', 'team')),
  add column deactivated_at           timestamptz,
  add column default_organization_id  uuid references organizations on delete set null;
alter table users drop constraint users_login_check;
-- Nobody can be called what a token is called, `acme:ci` or `acme/ops:ci`.
alter table users add constraint users_login_check check (
  case kind when 'person' then login ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$' else login like '%:%' end);
alter table users add constraint only_people_administer_the_installation check (kind = 'person' or not site_admin);

alter table members drop constraint members_role_check;
alter table members add constraint members_role_check check (role in ('admin', 'member', 'billing-manager'));

alter table stacks add column created_by uuid references users on delete set null;
update stacks s set created_by = (
  select u.id
    from audit_log a
    join organizations o on o.id = a.organization_id
    join users u on a.actor = 'user:' || u.login
   where a.organization_id = s.organization_id and a.action = 'stack.created'
     and a.target = o.name || '/' || s.project || '/' || s.name
   order by a.seq desc limit 1);

create table teams (
  id               uuid primary key,
  organization_id  uuid not null references organizations on delete cascade,
  name             text not null check (name ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
  display_name     text not null default '',
  description      text not null default '',
  created_at       timestamptz not null default now(),
  unique (organization_id, name),
  unique (organization_id, id)
);

-- Whoever leaves the organization leaves its teams.
create table team_members (
  organization_id  uuid not null,
  team_id          uuid not null,
  user_id          uuid not null,
  role             text not null default 'member' check (role in ('member', 'admin')),
  created_at       timestamptz not null default now(),
  primary key (team_id, user_id),
  foreign key (organization_id, team_id) references teams (organization_id, id) on delete cascade,
  foreign key (organization_id, user_id) references members (organization_id, user_id) on delete cascade
);
create index team_members_by_user on team_members (user_id);

create table team_stacks (
  team_id     uuid not null references teams on delete cascade,
  stack_id    uuid not null references stacks on delete cascade,
  permission  smallint not null check (permission in (101, 102, 103)),
  primary key (team_id, stack_id)
);
create index team_stacks_by_stack on team_stacks (stack_id);

alter table access_tokens
  add column kind             text not null default 'personal' check (kind in ('personal', 'organization', 'team')),
  add column name             text not null default '',
  -- Whose it is. Of a personal token: the one organization that it reaches; none: all of its person.
  add column organization_id  uuid references organizations on delete cascade,
  add column team_id          uuid references teams on delete set null,
  add column admin            boolean not null default false,
  add column created_by       uuid references users on delete set null,
  -- Given for a token of another issuer.
  add column exchanged        boolean not null default false,
  add constraint a_token_of_an_organization_has_one_and_a_name
    check (kind = 'personal' or (organization_id is not null and name <> ''));
create index access_tokens_by_user on access_tokens (user_id);
-- Also of tokens that were revoked: what is said of one in the audit is said of no other.
create unique index one_token_per_name on access_tokens (organization_id, name) where kind <> 'personal';
