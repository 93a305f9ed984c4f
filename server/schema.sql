-- The tables after all migrations. Written by `npm run db:dump`; `npm run check` fails when it is out of date.
-- To change it, add a migration.

set check_function_bodies = false;

CREATE OR REPLACE FUNCTION public.check_admin_left(organization uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform from organizations where id = organization for no key update;
  if not found then return; end if; -- it goes itself
  if not exists (select from members m join users u on u.id = m.user_id
                  where m.organization_id = organization and m.role = 'admin' and u.deactivated_at is null) then
    raise exception 'the organization would have no admin'
      using errcode = 'check_violation', constraint = 'an_organization_has_an_admin';
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.comment_is_due(host uuid, repository_name text, number integer)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into pull_request_comments (git_host_id, repository, pull_request, due_at)
  select h.id, repository_name, number, clock_timestamp() + interval '1 second'
    from git_hosts h where h.id = host and number is not null for key share
  on conflict on constraint one_comment_a_pull_request do update
    set change = pull_request_comments.change + 1, attempts = 0, failure = null, due_at = excluded.due_at
$function$
;

CREATE OR REPLACE FUNCTION public.give_back_deployment_place()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update organizations set running_deployments = running_deployments - 1 where id = old.organization_id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_admins_of_the_deactivated()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_an_admin()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform check_admin_left(old.organization_id);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.move_tallies()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update deployment_tallies set organization_id = new.organization_id where stack_id = new.id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.notify_changed_deployment()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('deployment_changed', new.organization_id || ' ' || new.id);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.polls_follow_their_git_host()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.report_changed_deployment()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update git_statuses set change = change + 1, attempts = 0, failure = null, due_at = clock_timestamp()
   where deployment_id = new.id;
  perform comment_is_due((new.git ->> 'hostId')::uuid, new.git ->> 'repository',
                         (new.git ->> 'pullRequest')::integer);
  perform pg_notify('git_reports', '');
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.report_new_deployment()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.review_stack_is_gone()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  -- As `retired_stack_names` has it, which is written in the same transaction.
  new.gone_at := now();
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.tally_ended_deployment()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into deployment_tallies (stack_id, organization_id, operation, status, count)
  values (coalesce(new.stack_id, new.removed_stack_id), new.organization_id, new.operation, new.status, 1)
  on conflict (stack_id, operation, status) do update set count = deployment_tallies.count + 1;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.tally_new_deployments()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into deployment_tallies (stack_id, organization_id, operation, status, count)
  select coalesce(stack_id, removed_stack_id), organization_id, operation, status, count(*)
    from added where ended_at is not null group by 1, 2, 3, 4
  on conflict (stack_id, operation, status) do update set count = deployment_tallies.count + excluded.count;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.untally_deleted_deployments()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update deployment_tallies t set count = t.count - gone.count
    from (select coalesce(stack_id, removed_stack_id) as stack_id, operation, status, count(*) as count
            from deleted where ended_at is not null group by 1, 2, 3) gone
   where t.stack_id = gone.stack_id and t.operation = gone.operation and t.status = gone.status;
  delete from deployment_tallies
   where count = 0 and stack_id in (select coalesce(stack_id, removed_stack_id) from deleted);
  return null;
end $function$
;

create table access_tokens (
  id uuid not null,
  user_id uuid not null,
  token_hash bytea not null,
  description text default ''::text not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  kind text default 'personal'::text not null,
  name text default ''::text not null,
  organization_id uuid,
  team_id uuid,
  created_by uuid,
  issuer_id uuid,
  constraint a_token_for_another_one_expires CHECK (((issuer_id IS NULL) OR ((expires_at IS NOT NULL) AND (organization_id IS NOT NULL)))),
  constraint a_token_of_an_organization_names_it CHECK (((kind = 'personal'::text) OR (organization_id IS NOT NULL))),
  constraint access_tokens_kind_check CHECK ((kind = ANY (ARRAY['personal'::text, 'organization'::text, 'team'::text]))),
  constraint access_tokens_pkey PRIMARY KEY (id),
  constraint access_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32)),
  constraint access_tokens_token_hash_key UNIQUE (token_hash)
);

create table audit_log (
  seq bigint generated always as identity not null,
  at timestamp with time zone default now() not null,
  organization_id uuid,
  actor text not null,
  action text not null,
  target text not null,
  details jsonb default '{}'::jsonb not null,
  constraint audit_log_pkey PRIMARY KEY (seq)
);

create table auth_policies (
  id uuid not null,
  issuer_id uuid not null,
  version integer default 1 not null,
  policies jsonb not null,
  created_at timestamp with time zone default now() not null,
  modified_at timestamp with time zone default now() not null,
  constraint auth_policies_issuer_id_key UNIQUE (issuer_id),
  constraint auth_policies_pkey PRIMARY KEY (id)
);

create table console_sessions (
  id uuid not null,
  access_token_id uuid not null,
  token_hash bytea not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint console_sessions_pkey PRIMARY KEY (id),
  constraint console_sessions_token_hash_check CHECK ((octet_length(token_hash) = 32)),
  constraint console_sessions_token_hash_key UNIQUE (token_hash)
);

create table credential_fingerprints (
  id bigint generated always as identity not null,
  deployment_id uuid not null,
  mac_key bytea not null,
  report jsonb not null,
  constraint credential_fingerprints_deployment_id_mac_key_key UNIQUE (deployment_id, mac_key),
  constraint credential_fingerprints_mac_key_check CHECK ((octet_length(mac_key) = 32)),
  constraint credential_fingerprints_pkey PRIMARY KEY (id)
);

create table dependency_caches (
  organization_id uuid not null,
  project text not null,
  generation bigint default 0 not null,
  constraint dependency_caches_generation_check CHECK ((generation >= 0)),
  constraint dependency_caches_pkey PRIMARY KEY (organization_id, project)
);

create table deployment_settings (
  stack_id uuid not null,
  version integer default 1 not null,
  settings jsonb not null,
  source text default 'api'::text not null,
  updated_by uuid,
  updated_at timestamp with time zone default now() not null,
  constraint deployment_settings_pkey PRIMARY KEY (stack_id)
);

create table deployment_steps (
  deployment_id uuid not null,
  step integer not null,
  name text not null,
  status text not null,
  line_count integer default 0 not null,
  server_lines integer default 0 not null,
  byte_count bigint default 0 not null,
  dropped_lines integer default 0 not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint deployment_steps_byte_count_check CHECK ((byte_count >= 0)),
  constraint deployment_steps_dropped_lines_check CHECK ((dropped_lines >= 0)),
  constraint deployment_steps_line_count_check CHECK ((line_count >= 0)),
  constraint deployment_steps_pkey PRIMARY KEY (deployment_id, step),
  constraint deployment_steps_server_lines_check CHECK ((server_lines >= 0)),
  constraint deployment_steps_status_check CHECK ((status = ANY (ARRAY['not-started'::text, 'running'::text, 'succeeded'::text, 'failed'::text]))),
  constraint deployment_steps_step_check CHECK ((step >= 0))
);

create table deployment_tallies (
  stack_id uuid not null,
  organization_id uuid not null,
  operation text not null,
  status text not null,
  count bigint not null,
  constraint deployment_tallies_count_check CHECK ((count >= 0)),
  constraint deployment_tallies_pkey PRIMARY KEY (stack_id, operation, status)
);

create table deployments (
  id uuid not null,
  seq bigint generated always as identity not null,
  stack_id uuid,
  organization_id uuid not null,
  version bigint not null,
  operation text not null,
  status text not null,
  pool_id uuid not null,
  requested_by uuid not null,
  trigger text not null,
  initiator text default ''::text not null,
  settings jsonb not null,
  notes text[] default '{}'::text[] not null,
  timeout_seconds integer not null,
  runner_name text,
  fencing bigint default 0 not null,
  job_token_hash bytea,
  stack_token_hash bytea,
  lease_until timestamp with time zone,
  cancel_requested_at timestamp with time zone,
  failure_code text,
  failure_message text,
  created_at timestamp with time zone default now() not null,
  modified_at timestamp with time zone default now() not null,
  ready_at timestamp with time zone,
  claimed_at timestamp with time zone,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  removed_stack_id uuid,
  remediates_id uuid,
  log_deleted_at timestamp with time zone,
  git jsonb,
  git_host_id uuid,
  constraint a_deployment_has_one_stack CHECK (((stack_id IS NULL) <> (removed_stack_id IS NULL))),
  constraint a_live_deployment_has_a_lease CHECK (((status = ANY (ARRAY['accepted'::text, 'running'::text])) = (lease_until IS NOT NULL))),
  constraint an_ended_deployment_has_a_time CHECK (((status = ANY (ARRAY['succeeded'::text, 'failed'::text, 'skipped'::text])) = (ended_at IS NOT NULL))),
  constraint deployments_job_token_hash_key UNIQUE (job_token_hash),
  constraint deployments_operation_check CHECK ((operation = ANY (ARRAY['preview'::text, 'update'::text, 'refresh'::text, 'destroy'::text, 'detect-drift'::text, 'remediate-drift'::text]))),
  constraint deployments_pkey PRIMARY KEY (id),
  constraint deployments_seq_key UNIQUE (seq),
  constraint deployments_stack_id_version_key UNIQUE (stack_id, version),
  constraint deployments_stack_token_hash_key UNIQUE (stack_token_hash),
  constraint deployments_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'ready'::text, 'accepted'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'skipped'::text]))),
  constraint deployments_timeout_seconds_check CHECK ((timeout_seconds > 0))
);

create table git_app_registrations (
  id uuid not null,
  organization_id uuid not null,
  name text not null,
  begun_by uuid not null,
  kind text not null,
  web_url text not null,
  api_url text not null,
  account text,
  settings jsonb default '{}'::jsonb not null,
  state_hash bytea not null,
  progress text default 'waiting'::text not null,
  failure text,
  install_url text,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint a_failure_is_said CHECK (((progress = 'failed'::text) = (failure IS NOT NULL))),
  constraint git_app_registrations_kind_check CHECK ((kind = ANY (ARRAY['github-app'::text, 'github-enterprise'::text]))),
  constraint git_app_registrations_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,100}$'::text)),
  constraint git_app_registrations_pkey PRIMARY KEY (id),
  constraint git_app_registrations_progress_check CHECK ((progress = ANY (ARRAY['waiting'::text, 'exchanging'::text, 'connected'::text, 'failed'::text]))),
  constraint git_app_registrations_state_hash_check CHECK ((octet_length(state_hash) = 32)),
  constraint git_app_registrations_state_hash_key UNIQUE (state_hash),
  constraint one_registration_a_name UNIQUE (organization_id, name)
);

create table git_deliveries (
  id uuid not null,
  seq bigint generated always as identity not null,
  git_host_id uuid not null,
  delivery_key text not null,
  event text not null,
  origin text default 'host'::text not null,
  subject text,
  headers jsonb default '{}'::jsonb not null,
  body bytea not null,
  received_at timestamp with time zone default clock_timestamp() not null,
  attempts integer default 0 not null,
  due_at timestamp with time zone,
  handled_at timestamp with time zone,
  outcome jsonb,
  lease_id uuid,
  body_hash bytea generated always as (sha256(body)) stored not null,
  constraint a_body_is_stored_once UNIQUE (git_host_id, body_hash),
  constraint a_delivery_is_stored_once UNIQUE (git_host_id, delivery_key),
  constraint git_deliveries_attempts_check CHECK ((attempts >= 0)),
  constraint git_deliveries_origin_check CHECK ((origin = ANY (ARRAY['host'::text, 'daypass'::text]))),
  constraint git_deliveries_pkey PRIMARY KEY (id),
  constraint git_deliveries_seq_key UNIQUE (seq)
);

create table git_hosts (
  id uuid not null,
  organization_id uuid not null,
  name text not null,
  kind text not null,
  web_url text not null,
  api_url text,
  settings jsonb default '{}'::jsonb not null,
  sealed_secrets bytea not null,
  acts_for uuid,
  created_at timestamp with time zone default now() not null,
  last_event_at timestamp with time zone,
  last_failure_at timestamp with time zone,
  last_failure text,
  constraint git_hosts_kind_check CHECK ((kind = ANY (ARRAY['github-app'::text, 'github'::text, 'github-enterprise'::text, 'gitlab'::text, 'bitbucket'::text, 'azure-devops'::text, 'gitea'::text, 'custom'::text, 'polling'::text]))),
  constraint git_hosts_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,100}$'::text)),
  constraint git_hosts_name_key UNIQUE (organization_id, name),
  constraint git_hosts_pkey PRIMARY KEY (id)
);

create table git_polled_refs (
  git_host_id uuid not null,
  repository text not null,
  ref text not null,
  commit text not null,
  constraint git_polled_refs_pkey PRIMARY KEY (git_host_id, repository, ref)
);

create table git_polls (
  git_host_id uuid not null,
  repository text not null,
  pool_id uuid not null,
  every_seconds integer not null,
  due_at timestamp with time zone default clock_timestamp() not null,
  lease_id uuid,
  lease_until timestamp with time zone,
  looks bigint default 0 not null,
  looked_at timestamp with time zone,
  saw_all boolean default false not null,
  failures integer default 0 not null,
  failed_at timestamp with time zone,
  failure_code text,
  failure text,
  constraint a_poll_lease_has_an_end CHECK (((lease_id IS NULL) = (lease_until IS NULL))),
  constraint a_poll_lease_is_of_one_remote UNIQUE (lease_id),
  constraint git_polls_every_seconds_check CHECK (((every_seconds >= 5) AND (every_seconds <= 86400))),
  constraint git_polls_pkey PRIMARY KEY (git_host_id, repository)
);

create table git_refs (
  git_host_id uuid not null,
  repository text not null,
  ref text not null,
  head text,
  moves bigint default 1 not null,
  former text[] default '{}'::text[] not null,
  seen_at timestamp with time zone default clock_timestamp() not null,
  constraint git_refs_pkey PRIMARY KEY (git_host_id, repository, ref)
);

create table git_statuses (
  id bigint generated always as identity not null,
  git_host_id uuid not null,
  repository text not null,
  commit text not null,
  context text not null,
  pull_request integer,
  deployment_id uuid,
  state text,
  description text,
  url text,
  change bigint default 1 not null,
  attempts integer default 0 not null,
  due_at timestamp with time zone default clock_timestamp(),
  failure text,
  constraint a_status_says_something CHECK (((deployment_id IS NOT NULL) <> ((state IS NOT NULL) AND (description IS NOT NULL) AND (url IS NOT NULL)))),
  constraint git_statuses_attempts_check CHECK ((attempts >= 0)),
  constraint git_statuses_key UNIQUE (git_host_id, repository, commit, context),
  constraint git_statuses_pkey PRIMARY KEY (id),
  constraint git_statuses_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'success'::text, 'failure'::text, 'error'::text])))
);

create table git_triggers (
  stack_id uuid not null,
  git_host_id uuid not null,
  trigger_key text not null,
  deployment_id uuid,
  triggered_at timestamp with time zone default clock_timestamp() not null,
  constraint git_triggers_pkey PRIMARY KEY (stack_id, git_host_id, trigger_key)
);

create table invitations (
  id uuid not null,
  organization_id uuid not null,
  login text not null,
  name text not null,
  email text default ''::text not null,
  role text not null,
  code_hash bytea not null,
  created_by uuid not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint invitations_code_hash_check CHECK ((octet_length(code_hash) = 32)),
  constraint invitations_code_hash_key UNIQUE (code_hash),
  constraint invitations_login_check CHECK ((login ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$'::text)),
  constraint invitations_organization_id_login_key UNIQUE (organization_id, login),
  constraint invitations_pkey PRIMARY KEY (id),
  constraint invitations_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'member'::text, 'billing-manager'::text])))
);

create table issuer_publications (
  id bigint generated always as identity not null,
  target text not null,
  digest text not null,
  kids text[] not null,
  published_at timestamp with time zone default clock_timestamp() not null,
  constraint issuer_publications_kids_check CHECK ((cardinality(kids) > 0)),
  constraint issuer_publications_pkey PRIMARY KEY (id)
);

create table issuer_publishers (
  target text not null,
  lease_id uuid,
  leased_until timestamp with time zone,
  due_at timestamp with time zone default now() not null,
  tried_digest text,
  digest text,
  seen_at timestamp with time zone,
  seen_by text,
  failures integer default 0 not null,
  failing_since timestamp with time zone,
  failure_code text,
  failure text,
  constraint issuer_publishers_check CHECK (((lease_id IS NULL) = (leased_until IS NULL))),
  constraint issuer_publishers_check1 CHECK ((((seen_at IS NULL) = (digest IS NULL)) AND ((seen_at IS NULL) = (seen_by IS NULL)))),
  constraint issuer_publishers_check2 CHECK ((((failing_since IS NULL) = (failures = 0)) AND ((failing_since IS NULL) = (failure IS NULL)))),
  constraint issuer_publishers_check3 CHECK (((failure IS NULL) = (failure_code IS NULL))),
  constraint issuer_publishers_failures_check CHECK ((failures >= 0)),
  constraint issuer_publishers_pkey PRIMARY KEY (target),
  constraint issuer_publishers_seen_by_check CHECK ((seen_by = ANY (ARRAY['issuer-url'::text, 'target'::text])))
);

create table journal_entries (
  update_id uuid not null,
  first_sequence_id bigint not null,
  sequence_digest bytea not null,
  body bytea not null,
  constraint journal_entries_first_sequence_id_check CHECK ((first_sequence_id > 0)),
  constraint journal_entries_pkey PRIMARY KEY (update_id, first_sequence_id, sequence_digest),
  constraint journal_entries_sequence_digest_check CHECK ((octet_length(sequence_digest) = 16))
) with (toast_tuple_target=8160);

create table log_chunks (
  deployment_id uuid not null,
  step integer not null,
  first_line integer not null,
  line_count integer not null,
  lines text not null,
  constraint log_chunks_first_line_check CHECK ((first_line >= 0)),
  constraint log_chunks_line_count_check CHECK ((line_count > 0)),
  constraint log_chunks_pkey PRIMARY KEY (deployment_id, step, first_line)
);

create table members (
  organization_id uuid not null,
  user_id uuid not null,
  role text not null,
  created_at timestamp with time zone default now() not null,
  constraint members_pkey PRIMARY KEY (organization_id, user_id),
  constraint members_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'member'::text, 'billing-manager'::text])))
);

create table mint_blocks (
  number bigint not null,
  last_seq bigint not null,
  leaves bytea not null,
  root bytea not null,
  previous_head bytea not null,
  head bytea not null,
  sealed_at bigint not null,
  public_key bytea not null,
  signature bytea not null,
  constraint mint_blocks_head_check CHECK ((octet_length(head) = 32)),
  constraint mint_blocks_head_key UNIQUE (head),
  constraint mint_blocks_last_seq_key UNIQUE (last_seq),
  constraint mint_blocks_leaves_check CHECK (((octet_length(leaves) > 0) AND ((octet_length(leaves) % 32) = 0))),
  constraint mint_blocks_number_check CHECK ((number > 0)),
  constraint mint_blocks_pkey PRIMARY KEY (number),
  constraint mint_blocks_previous_head_check CHECK ((octet_length(previous_head) = 32)),
  constraint mint_blocks_previous_head_key UNIQUE (previous_head),
  constraint mint_blocks_public_key_check CHECK ((octet_length(public_key) = 32)),
  constraint mint_blocks_root_check CHECK ((octet_length(root) = 32)),
  constraint mint_blocks_signature_check CHECK ((octet_length(signature) = 64))
);

create table mints (
  seq bigint generated always as identity not null,
  jti uuid not null,
  kid text not null,
  organization_id uuid not null,
  stack_id uuid not null,
  deployment_id uuid not null,
  subject text not null,
  audience text not null,
  purpose text not null,
  issued_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint mints_jti_key UNIQUE (jti),
  constraint mints_pkey PRIMARY KEY (seq),
  constraint mints_purpose_check CHECK ((purpose = ANY (ARRAY['exchange'::text, 'job'::text, 'publish'::text])))
);

create table oidc_issuers (
  id uuid not null,
  organization_id uuid not null,
  name text not null,
  url text not null,
  issuer text not null,
  thumbprints text[] default '{}'::text[] not null,
  max_expiration_seconds integer,
  jwks jsonb,
  created_at timestamp with time zone default now() not null,
  modified_at timestamp with time zone default now() not null,
  last_used_at timestamp with time zone,
  constraint oidc_issuers_max_expiration_seconds_check CHECK ((max_expiration_seconds > 0)),
  constraint oidc_issuers_name_check CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'::text)),
  constraint oidc_issuers_organization_id_issuer_key UNIQUE (organization_id, issuer),
  constraint oidc_issuers_organization_id_name_key UNIQUE (organization_id, name),
  constraint oidc_issuers_pkey PRIMARY KEY (id)
);

create table organization_audiences (
  organization_id uuid not null,
  audience text not null,
  constraint organization_audiences_audience_check CHECK (((length(audience) >= 1) AND (length(audience) <= 600))),
  constraint organization_audiences_pkey PRIMARY KEY (organization_id, audience)
);

create table organization_data_keys (
  organization_id uuid not null,
  version integer not null,
  wrapped_key bytea not null,
  created_at timestamp with time zone default now() not null,
  constraint organization_data_keys_pkey PRIMARY KEY (organization_id, version),
  constraint organization_data_keys_version_check CHECK ((version > 0))
);

create table organizations (
  id uuid not null,
  name text not null,
  concurrency_limit integer default 20 not null,
  running_deployments integer default 0 not null,
  deployments_paused boolean default false not null,
  created_at timestamp with time zone default now() not null,
  stack_admins_change_oidc boolean default false not null,
  default_stack_permission smallint default 102 not null,
  members_create_stacks boolean default true not null,
  members_delete_stacks boolean default true not null,
  members_transfer_stacks boolean default false not null,
  members_create_teams boolean default false not null,
  max_token_days integer,
  deployment_timeout_seconds integer default 7200 not null,
  constraint organizations_concurrency_limit_check CHECK ((concurrency_limit > 0)),
  constraint organizations_default_stack_permission_check CHECK ((default_stack_permission = ANY (ARRAY[0, 101, 102, 103]))),
  constraint organizations_deployment_timeout_seconds_check CHECK (((deployment_timeout_seconds >= 300) AND (deployment_timeout_seconds <= 86400))),
  constraint organizations_max_token_days_check CHECK (((max_token_days >= 1) AND (max_token_days <= 730))),
  constraint organizations_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$'::text)),
  constraint organizations_name_key UNIQUE (name),
  constraint organizations_pkey PRIMARY KEY (id),
  constraint organizations_running_deployments_check CHECK ((running_deployments >= 0))
);

create table outbox (
  seq bigint generated always as identity not null,
  organization_id uuid not null,
  stack_id uuid not null,
  event text not null,
  facts jsonb not null,
  happened_at timestamp with time zone default clock_timestamp() not null,
  constraint outbox_pkey PRIMARY KEY (seq)
);

create table pool_runners (
  pool_id uuid not null,
  name text not null,
  hostname text not null,
  pid text not null,
  version text not null,
  platform text not null,
  ip text not null,
  last_seen_at timestamp with time zone not null,
  constraint pool_runners_pkey PRIMARY KEY (pool_id, name, hostname, pid)
);

create table pool_tokens (
  id uuid not null,
  pool_id uuid not null,
  token_hash bytea not null,
  ephemeral boolean default false not null,
  created_at timestamp with time zone default now() not null,
  revoked_at timestamp with time zone,
  expires_at timestamp with time zone,
  issuer_id uuid,
  constraint a_pool_token_for_another_one_expires CHECK (((issuer_id IS NULL) OR (expires_at IS NOT NULL))),
  constraint pool_tokens_pkey PRIMARY KEY (id),
  constraint pool_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32)),
  constraint pool_tokens_token_hash_key UNIQUE (token_hash)
);

create table pools (
  id uuid not null,
  organization_id uuid,
  name text not null,
  description text default ''::text not null,
  created_at timestamp with time zone default now() not null,
  deleted_at timestamp with time zone,
  is_default boolean default false not null,
  constraint a_default_pool_is_one_of_an_organization CHECK (((NOT is_default) OR ((organization_id IS NOT NULL) AND (deleted_at IS NULL)))),
  constraint pools_name_check CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'::text)),
  constraint pools_pkey PRIMARY KEY (id)
);

create table pull_request_approvals (
  pull_request_id uuid not null,
  commit text not null,
  approved_by text not null,
  approved_at timestamp with time zone default clock_timestamp() not null,
  base_branch text not null,
  through text not null,
  constraint pull_request_approvals_pkey PRIMARY KEY (pull_request_id, commit, base_branch),
  constraint pull_request_approvals_through_check CHECK ((through = ANY (ARRAY['comment'::text, 'review'::text, 'admin'::text])))
);

create table pull_request_comments (
  id bigint generated always as identity not null,
  git_host_id uuid not null,
  repository text not null,
  pull_request integer not null,
  comment_id text,
  change bigint default 1 not null,
  attempts integer default 0 not null,
  due_at timestamp with time zone default clock_timestamp(),
  failure text,
  constraint one_comment_a_pull_request UNIQUE (git_host_id, repository, pull_request),
  constraint pull_request_comments_attempts_check CHECK ((attempts >= 0)),
  constraint pull_request_comments_pkey PRIMARY KEY (id)
);

create table pull_requests (
  id uuid not null,
  git_host_id uuid not null,
  repository text not null,
  number integer not null,
  head_commit text not null,
  moves bigint default 1 not null,
  state text not null,
  facts jsonb not null,
  created_at timestamp with time zone default now() not null,
  changed_at timestamp with time zone default now() not null,
  constraint a_pull_request_is_known_once UNIQUE (git_host_id, repository, number),
  constraint pull_requests_number_check CHECK ((number > 0)),
  constraint pull_requests_pkey PRIMARY KEY (id),
  constraint pull_requests_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

create table removed_stacks (
  id uuid not null,
  organization_id uuid not null,
  project text not null,
  name text not null,
  last_deployment_version bigint not null,
  removed_at timestamp with time zone default now() not null,
  constraint removed_stacks_pkey PRIMARY KEY (id)
);

create table retired_stack_names (
  organization_id uuid not null,
  project text not null,
  name text not null,
  retired_at timestamp with time zone default now() not null,
  constraint retired_stack_names_pkey PRIMARY KEY (organization_id, project, name)
);

create table review_stack_rules (
  template_id uuid not null,
  inherits_oidc boolean default false not null,
  most_live integer default 20 not null,
  constraint review_stack_rules_most_live_check CHECK (((most_live >= 0) AND (most_live <= 1000))),
  constraint review_stack_rules_pkey PRIMARY KEY (template_id)
);

create table review_stacks (
  id uuid not null,
  organization_id uuid not null,
  template_id uuid,
  template text not null,
  git_host_id uuid,
  repository text not null,
  pull_request integer not null,
  project text not null,
  name text not null,
  stack_id uuid,
  gone_at timestamp with time zone,
  owns_name boolean not null,
  commit text not null,
  ref text not null,
  destroys integer default 0 not null,
  destroy_id uuid,
  created_at timestamp with time zone default clock_timestamp() not null,
  constraint a_review_stack_has_its_name UNIQUE (organization_id, project, name),
  constraint one_review_stack_a_pull_request UNIQUE (template_id, git_host_id, repository, pull_request),
  constraint review_stacks_destroys_check CHECK ((destroys >= 0)),
  constraint review_stacks_pkey PRIMARY KEY (id),
  constraint review_stacks_pull_request_check CHECK ((pull_request > 0)),
  constraint review_stacks_stack_id_key UNIQUE (stack_id)
);

create table schedule_runs (
  id uuid not null,
  schedule_id uuid not null,
  planned_at timestamp with time zone not null,
  executed_at timestamp with time zone not null,
  result text not null,
  message text,
  deployment_id uuid,
  constraint only_a_queued_run_has_a_deployment CHECK (((result = 'queued'::text) OR (deployment_id IS NULL))),
  constraint schedule_runs_pkey PRIMARY KEY (id),
  constraint schedule_runs_result_check CHECK ((result = ANY (ARRAY['queued'::text, 'refused'::text, 'missed'::text]))),
  constraint schedule_runs_schedule_id_planned_at_key UNIQUE (schedule_id, planned_at)
);

create table schedules (
  id uuid not null,
  stack_id uuid not null,
  kind text not null,
  cron text,
  time_zone text default 'UTC'::text not null,
  once timestamp with time zone,
  request jsonb not null,
  acts_for uuid,
  paused boolean default false not null,
  next_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  modified_at timestamp with time zone default now() not null,
  retry_at timestamp with time zone,
  constraint a_schedule_is_recurring_or_single CHECK (((cron IS NULL) <> (once IS NULL))),
  constraint schedules_kind_check CHECK ((kind = ANY (ARRAY['raw'::text, 'drift'::text, 'ttl'::text]))),
  constraint schedules_pkey PRIMARY KEY (id)
);

create table schema_migrations (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migrations_pkey PRIMARY KEY (version)
);

create table signing_keys (
  kid text not null,
  public_jwk jsonb not null,
  sealed_private_key bytea,
  created_at timestamp with time zone default now() not null,
  signs_from timestamp with time zone not null,
  retired_at timestamp with time zone,
  retired_because text,
  held_by text default 'database'::text not null,
  constraint signing_keys_held_by_check CHECK ((held_by = ANY (ARRAY['database'::text, 'pkcs11'::text]))),
  constraint signing_keys_kept_until_retired CHECK (((sealed_private_key IS NOT NULL) OR (retired_at IS NOT NULL))),
  constraint signing_keys_pkey PRIMARY KEY (kid),
  constraint signing_keys_retired_because_check CHECK ((retired_because = ANY (ARRAY['superseded'::text, 'revoked'::text]))),
  constraint signing_keys_retired_for_a_reason CHECK (((retired_at IS NULL) = (retired_because IS NULL)))
);

create table stack_audiences (
  organization_id uuid not null,
  stack_id uuid not null,
  audience text not null,
  constraint stack_audiences_pkey PRIMARY KEY (stack_id, audience)
);

create table stack_collaborators (
  organization_id uuid not null,
  stack_id uuid not null,
  user_id uuid not null,
  permission smallint not null,
  created_at timestamp with time zone default now() not null,
  constraint stack_collaborators_permission_check CHECK ((permission = ANY (ARRAY[101, 102, 103]))),
  constraint stack_collaborators_pkey PRIMARY KEY (stack_id, user_id)
);

create table stack_data_keys (
  stack_id uuid not null,
  version integer not null,
  wrapped_key bytea not null,
  created_at timestamp with time zone default now() not null,
  constraint stack_data_keys_pkey PRIMARY KEY (stack_id, version),
  constraint stack_data_keys_version_check CHECK ((version > 0))
);

create table stack_identities (
  stack_id uuid not null,
  operations jsonb default '{}'::jsonb not null,
  read_only_previews boolean default false not null,
  named jsonb default '{}'::jsonb not null,
  subject_form text default 'pulumi'::text not null,
  session_tags text[] default '{}'::text[] not null,
  renew boolean default true not null,
  constraint stack_identities_named_check CHECK ((jsonb_typeof(named) = 'object'::text)),
  constraint stack_identities_operations_check CHECK ((jsonb_typeof(operations) = 'object'::text)),
  constraint stack_identities_pkey PRIMARY KEY (stack_id),
  constraint stack_identities_session_tags_check CHECK ((session_tags <@ ARRAY['org'::text, 'project'::text, 'stack'::text, 'operation'::text, 'deployment'::text, 'actor'::text, 'commit'::text])),
  constraint stack_identities_subject_form_check CHECK ((subject_form = ANY (ARRAY['pulumi'::text, 'class'::text, 'compact'::text])))
);

create table stacks (
  id uuid not null,
  organization_id uuid not null,
  project text not null,
  name text not null,
  tags jsonb default '{}'::jsonb not null,
  version bigint default 0 not null,
  active_update_id uuid,
  last_deployment_version bigint default 0 not null,
  deployments_paused boolean default false not null,
  created_at timestamp with time zone default now() not null,
  states_pruned_to bigint default 0 not null,
  created_by uuid,
  compact_subject_of uuid,
  constraint stacks_last_deployment_version_check CHECK ((last_deployment_version >= 0)),
  constraint stacks_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,100}$'::text)),
  constraint stacks_organization_id_id_key UNIQUE (organization_id, id),
  constraint stacks_organization_id_project_name_key UNIQUE (organization_id, project, name),
  constraint stacks_pkey PRIMARY KEY (id),
  constraint stacks_project_check CHECK ((project ~ '^[A-Za-z0-9_.-]{1,100}$'::text)),
  constraint stacks_version_check CHECK ((version >= 0))
);

create table state_chunks (
  state_id bigint not null,
  seq integer not null,
  body bytea not null,
  constraint state_chunks_body_check CHECK ((octet_length(body) <= 1048576)),
  constraint state_chunks_pkey PRIMARY KEY (state_id, seq),
  constraint state_chunks_seq_check CHECK ((seq >= 0))
);

create table states (
  id bigint generated always as identity not null,
  stack_id uuid not null,
  update_id uuid,
  version bigint not null,
  schema_version integer not null,
  features text[] default '{}'::text[] not null,
  resource_count integer default 0 not null,
  byte_count bigint not null,
  sha256 bytea not null,
  created_at timestamp with time zone default now() not null,
  constraint states_pkey PRIMARY KEY (id),
  constraint states_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint states_stack_id_version_key UNIQUE (stack_id, version)
);

create table team_members (
  organization_id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  role text not null,
  created_at timestamp with time zone default now() not null,
  constraint team_members_pkey PRIMARY KEY (team_id, user_id),
  constraint team_members_role_check CHECK ((role = ANY (ARRAY['member'::text, 'admin'::text])))
);

create table team_stacks (
  organization_id uuid not null,
  team_id uuid not null,
  stack_id uuid not null,
  permission smallint not null,
  constraint team_stacks_permission_check CHECK ((permission = ANY (ARRAY[101, 102, 103]))),
  constraint team_stacks_pkey PRIMARY KEY (stack_id, team_id)
);

create table teams (
  id uuid not null,
  organization_id uuid not null,
  name text not null,
  display_name text not null,
  description text default ''::text not null,
  created_at timestamp with time zone default now() not null,
  constraint teams_name_check CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'::text)),
  constraint teams_organization_id_id_key UNIQUE (organization_id, id),
  constraint teams_organization_id_name_key UNIQUE (organization_id, name),
  constraint teams_pkey PRIMARY KEY (id)
);

create table update_events (
  update_id uuid not null,
  sequence integer not null,
  body text not null,
  received_at timestamp with time zone default clock_timestamp() not null,
  type text default ''::text not null,
  urn text,
  op text,
  constraint update_events_pkey PRIMARY KEY (update_id, sequence),
  constraint update_events_sequence_check CHECK ((sequence >= 0))
);

create table updates (
  id uuid not null,
  stack_id uuid,
  kind text not null,
  dry_run boolean not null,
  status text default 'not started'::text not null,
  version bigint,
  requested_by uuid,
  deployment_id uuid,
  deployment_fencing bigint,
  program text not null,
  config text not null,
  metadata text not null,
  journal_version integer default 0 not null,
  lease_token_hash bytea,
  lease_until timestamp with time zone,
  resource_changes jsonb,
  created_at timestamp with time zone default now() not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  waiting_since timestamp with time zone,
  event_bytes bigint default 0 not null,
  events_full boolean default false not null,
  removed_stack_id uuid,
  detects_drift boolean default false not null,
  events_deleted_at timestamp with time zone,
  constraint a_running_update_has_a_lease CHECK (((status = 'running'::text) = (lease_until IS NOT NULL))),
  constraint an_update_has_one_stack CHECK (((stack_id IS NULL) <> (removed_stack_id IS NULL))),
  constraint updates_kind_check CHECK ((kind = ANY (ARRAY['update'::text, 'preview'::text, 'refresh'::text, 'destroy'::text, 'import'::text, 'resource-import'::text, 'rename'::text]))),
  constraint updates_lease_token_hash_key UNIQUE (lease_token_hash),
  constraint updates_pkey PRIMARY KEY (id),
  constraint updates_status_check CHECK ((status = ANY (ARRAY['not started'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
);

create table usage_records (
  deployment_id uuid not null,
  organization_id uuid not null,
  stack_id uuid not null,
  project text not null,
  stack text not null,
  operation text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone not null,
  constraint usage_ends_after_it_starts CHECK ((ended_at >= started_at)),
  constraint usage_records_pkey PRIMARY KEY (deployment_id)
);

create table users (
  id uuid not null,
  login text not null,
  name text not null,
  email text default ''::text not null,
  site_admin boolean default false not null,
  created_at timestamp with time zone default now() not null,
  kind text default 'person'::text not null,
  organization_id uuid,
  team_id uuid,
  token_role text,
  default_organization_id uuid,
  deactivated_at timestamp with time zone,
  issuer_id uuid,
  constraint only_a_token_belongs_to_an_organization CHECK ((((kind = 'person'::text) = (organization_id IS NULL)) AND ((kind = 'person'::text) = (token_role IS NULL)) AND ((kind = 'person'::text) OR (NOT site_admin)))),
  constraint users_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'organization'::text, 'team'::text]))),
  constraint users_login_check CHECK (
CASE
    WHEN (kind = 'person'::text) THEN (login ~ '^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$'::text)
    ELSE (login ~ '^(token:[a-z0-9_-]+(/[A-Za-z0-9_. -]+){1,2}|oidc:[a-z0-9_-]+(/[A-Za-z0-9_.-]+){2,3})$'::text)
END),
  constraint users_login_key UNIQUE (login),
  constraint users_pkey PRIMARY KEY (id),
  constraint users_token_role_check CHECK ((token_role = ANY (ARRAY['admin'::text, 'member'::text, 'none'::text])))
);

create table webhook_deliveries (
  id uuid not null,
  seq bigint generated always as identity not null,
  webhook_id uuid not null,
  kind text not null,
  payload text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  attempts integer default 0 not null,
  due_at timestamp with time zone,
  sent_at timestamp with time zone,
  duration_ms integer,
  request_url text default ''::text not null,
  request_headers text default ''::text not null,
  response_code integer default 0 not null,
  response_headers text default ''::text not null,
  response_body text default ''::text not null,
  constraint webhook_deliveries_attempts_check CHECK ((attempts >= 0)),
  constraint webhook_deliveries_pkey PRIMARY KEY (id),
  constraint webhook_deliveries_seq_key UNIQUE (seq)
);

create table webhooks (
  id uuid not null,
  organization_id uuid,
  stack_id uuid,
  name text not null,
  display_name text not null,
  payload_url text not null,
  format text not null,
  active boolean not null,
  filters text[] default '{}'::text[] not null,
  groups text[] default '{}'::text[] not null,
  sealed_secret bytea,
  created_by uuid,
  created_at timestamp with time zone default now() not null,
  constraint a_webhook_has_one_owner CHECK (((organization_id IS NULL) <> (stack_id IS NULL))),
  constraint webhooks_format_check CHECK ((format = ANY (ARRAY['raw'::text, 'slack'::text, 'ms_teams'::text, 'pulumi_deployments'::text]))),
  constraint webhooks_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,100}$'::text)),
  constraint webhooks_name_key UNIQUE NULLS NOT DISTINCT (organization_id, stack_id, name),
  constraint webhooks_pkey PRIMARY KEY (id)
);

alter table access_tokens add constraint access_tokens_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL;
alter table access_tokens add constraint access_tokens_issuer_id_fkey FOREIGN KEY (issuer_id) REFERENCES oidc_issuers(id) ON DELETE SET NULL;
alter table access_tokens add constraint access_tokens_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table access_tokens add constraint access_tokens_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE SET NULL;
alter table access_tokens add constraint access_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table auth_policies add constraint auth_policies_issuer_id_fkey FOREIGN KEY (issuer_id) REFERENCES oidc_issuers(id) ON DELETE CASCADE;
alter table console_sessions add constraint console_sessions_access_token_id_fkey FOREIGN KEY (access_token_id) REFERENCES access_tokens(id) ON DELETE CASCADE;
alter table credential_fingerprints add constraint credential_fingerprints_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE;
alter table dependency_caches add constraint dependency_caches_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table deployment_settings add constraint deployment_settings_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table deployment_settings add constraint deployment_settings_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users(id) ON DELETE SET NULL;
alter table deployment_steps add constraint deployment_steps_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE;
alter table deployments add constraint deployments_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE SET NULL;
alter table deployments add constraint deployments_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table deployments add constraint deployments_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES pools(id);
alter table deployments add constraint deployments_remediates_id_fkey FOREIGN KEY (remediates_id) REFERENCES deployments(id) ON DELETE SET NULL;
alter table deployments add constraint deployments_removed_stack_id_fkey FOREIGN KEY (removed_stack_id) REFERENCES removed_stacks(id) ON DELETE CASCADE;
alter table deployments add constraint deployments_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES users(id);
alter table deployments add constraint deployments_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table git_app_registrations add constraint git_app_registrations_begun_by_fkey FOREIGN KEY (begun_by) REFERENCES users(id) ON DELETE CASCADE;
alter table git_app_registrations add constraint git_app_registrations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table git_deliveries add constraint git_deliveries_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE CASCADE;
alter table git_hosts add constraint git_hosts_acts_for_fkey FOREIGN KEY (acts_for) REFERENCES users(id) ON DELETE SET NULL;
alter table git_hosts add constraint git_hosts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table git_polled_refs add constraint git_polled_refs_git_host_id_repository_fkey FOREIGN KEY (git_host_id, repository) REFERENCES git_polls(git_host_id, repository) ON DELETE CASCADE;
alter table git_polls add constraint git_polls_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE CASCADE;
alter table git_polls add constraint git_polls_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES pools(id) ON DELETE CASCADE;
alter table git_refs add constraint git_refs_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE CASCADE;
alter table git_statuses add constraint git_statuses_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE;
alter table git_statuses add constraint git_statuses_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE CASCADE;
alter table git_triggers add constraint git_triggers_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE SET NULL;
alter table git_triggers add constraint git_triggers_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE CASCADE;
alter table git_triggers add constraint git_triggers_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table invitations add constraint invitations_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE CASCADE;
alter table invitations add constraint invitations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table journal_entries add constraint journal_entries_update_id_fkey FOREIGN KEY (update_id) REFERENCES updates(id) ON DELETE CASCADE;
alter table log_chunks add constraint log_chunks_deployment_id_step_fkey FOREIGN KEY (deployment_id, step) REFERENCES deployment_steps(deployment_id, step) ON DELETE CASCADE;
alter table members add constraint members_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table members add constraint members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table oidc_issuers add constraint oidc_issuers_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table organization_audiences add constraint organization_audiences_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table organization_data_keys add constraint organization_data_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table pool_runners add constraint pool_runners_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES pools(id) ON DELETE CASCADE;
alter table pool_tokens add constraint pool_tokens_issuer_id_fkey FOREIGN KEY (issuer_id) REFERENCES oidc_issuers(id) ON DELETE SET NULL;
alter table pool_tokens add constraint pool_tokens_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES pools(id) ON DELETE CASCADE;
alter table pools add constraint pools_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table pull_request_approvals add constraint pull_request_approvals_pull_request_id_fkey FOREIGN KEY (pull_request_id) REFERENCES pull_requests(id) ON DELETE CASCADE;
alter table pull_request_comments add constraint pull_request_comments_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE CASCADE;
alter table pull_requests add constraint pull_requests_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE CASCADE;
alter table removed_stacks add constraint removed_stacks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table retired_stack_names add constraint retired_stack_names_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table review_stack_rules add constraint review_stack_rules_template_id_fkey FOREIGN KEY (template_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table review_stacks add constraint review_stacks_destroy_id_fkey FOREIGN KEY (destroy_id) REFERENCES deployments(id) ON DELETE SET NULL;
alter table review_stacks add constraint review_stacks_git_host_id_fkey FOREIGN KEY (git_host_id) REFERENCES git_hosts(id) ON DELETE SET NULL;
alter table review_stacks add constraint review_stacks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table review_stacks add constraint review_stacks_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE SET NULL;
alter table review_stacks add constraint review_stacks_template_id_fkey FOREIGN KEY (template_id) REFERENCES stacks(id) ON DELETE SET NULL;
alter table schedule_runs add constraint schedule_runs_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE SET NULL;
alter table schedule_runs add constraint schedule_runs_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES schedules(id) ON DELETE CASCADE;
alter table schedules add constraint schedules_acts_for_fkey FOREIGN KEY (acts_for) REFERENCES users(id) ON DELETE SET NULL;
alter table schedules add constraint schedules_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table stack_audiences add constraint stack_audiences_organization_id_audience_fkey FOREIGN KEY (organization_id, audience) REFERENCES organization_audiences(organization_id, audience) ON DELETE CASCADE;
alter table stack_audiences add constraint stack_audiences_organization_id_stack_id_fkey FOREIGN KEY (organization_id, stack_id) REFERENCES stacks(organization_id, id) ON DELETE CASCADE;
alter table stack_collaborators add constraint stack_collaborators_organization_id_stack_id_fkey FOREIGN KEY (organization_id, stack_id) REFERENCES stacks(organization_id, id) ON DELETE CASCADE;
alter table stack_collaborators add constraint stack_collaborators_organization_id_user_id_fkey FOREIGN KEY (organization_id, user_id) REFERENCES members(organization_id, user_id) ON DELETE CASCADE;
alter table stack_data_keys add constraint stack_data_keys_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table stack_identities add constraint stack_identities_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table stacks add constraint stacks_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL;
alter table stacks add constraint stacks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table state_chunks add constraint state_chunks_state_id_fkey FOREIGN KEY (state_id) REFERENCES states(id) ON DELETE CASCADE;
alter table states add constraint states_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table states add constraint states_update_id_fkey FOREIGN KEY (update_id) REFERENCES updates(id) ON DELETE SET NULL;
alter table team_members add constraint team_members_organization_id_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams(organization_id, id) ON DELETE CASCADE;
alter table team_members add constraint team_members_organization_id_user_id_fkey FOREIGN KEY (organization_id, user_id) REFERENCES members(organization_id, user_id) ON DELETE CASCADE;
alter table team_stacks add constraint team_stacks_organization_id_stack_id_fkey FOREIGN KEY (organization_id, stack_id) REFERENCES stacks(organization_id, id) ON DELETE CASCADE;
alter table team_stacks add constraint team_stacks_organization_id_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams(organization_id, id) ON DELETE CASCADE;
alter table teams add constraint teams_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table update_events add constraint update_events_update_id_fkey FOREIGN KEY (update_id) REFERENCES updates(id) ON DELETE CASCADE;
alter table updates add constraint updates_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE SET NULL;
alter table updates add constraint updates_removed_stack_id_fkey FOREIGN KEY (removed_stack_id) REFERENCES removed_stacks(id) ON DELETE CASCADE;
alter table updates add constraint updates_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES users(id) ON DELETE SET NULL;
alter table updates add constraint updates_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;
alter table users add constraint users_default_organization_id_fkey FOREIGN KEY (default_organization_id) REFERENCES organizations(id) ON DELETE SET NULL;
alter table users add constraint users_issuer_id_fkey FOREIGN KEY (issuer_id) REFERENCES oidc_issuers(id) ON DELETE SET NULL;
alter table users add constraint users_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table users add constraint users_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE SET NULL;
alter table webhook_deliveries add constraint webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks(id) ON DELETE CASCADE;
alter table webhooks add constraint webhooks_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL;
alter table webhooks add constraint webhooks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;
alter table webhooks add constraint webhooks_stack_id_fkey FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE;

CREATE INDEX access_tokens_by_issuer ON public.access_tokens USING btree (issuer_id, expires_at) WHERE (issuer_id IS NOT NULL);
CREATE INDEX access_tokens_by_organization ON public.access_tokens USING btree (organization_id, created_at DESC) WHERE (organization_id IS NOT NULL);
CREATE INDEX access_tokens_by_user ON public.access_tokens USING btree (user_id, created_at DESC);
CREATE UNIQUE INDEX one_token_per_name ON public.access_tokens USING btree (organization_id, name) WHERE (name <> ''::text);
CREATE INDEX audit_log_by_action ON public.audit_log USING btree (organization_id, action, at DESC, seq DESC);
CREATE INDEX audit_log_by_actor ON public.audit_log USING btree (organization_id, actor text_pattern_ops, at DESC, seq DESC);
CREATE INDEX audit_log_by_time ON public.audit_log USING btree (organization_id, at DESC, seq DESC);
CREATE INDEX console_sessions_of_access_token ON public.console_sessions USING btree (access_token_id);
CREATE INDEX settings_by_repository ON public.deployment_settings USING btree (lower(COALESCE((settings #>> '{gitHub,repository}'::text[]), (settings #>> '{vcs,repository}'::text[])))) WHERE (COALESCE((settings #>> '{gitHub,repository}'::text[]), (settings #>> '{vcs,repository}'::text[])) IS NOT NULL);
CREATE INDEX deployment_tallies_by_organization ON public.deployment_tallies USING btree (organization_id);
CREATE INDEX deployments_by_git_host ON public.deployments USING btree (git_host_id) WHERE (git_host_id IS NOT NULL);
CREATE INDEX deployments_by_organization ON public.deployments USING btree (organization_id, seq DESC);
CREATE INDEX deployments_by_pool ON public.deployments USING btree (pool_id, seq DESC);
CREATE INDEX deployments_of_removed_stacks ON public.deployments USING btree (removed_stack_id) WHERE (removed_stack_id IS NOT NULL);
CREATE INDEX drift_detections ON public.deployments USING btree (stack_id, seq) WHERE (operation = 'detect-drift'::text);
CREATE INDEX live_leases ON public.deployments USING btree (lease_until) WHERE (status = ANY (ARRAY['accepted'::text, 'running'::text]));
CREATE UNIQUE INDEX one_head_per_stack ON public.deployments USING btree (stack_id) WHERE (status = ANY (ARRAY['ready'::text, 'accepted'::text, 'running'::text]));
CREATE INDEX ready_by_pool ON public.deployments USING btree (pool_id, organization_id, seq) WHERE (status = 'ready'::text);
CREATE INDEX remediations ON public.deployments USING btree (remediates_id) WHERE (remediates_id IS NOT NULL);
CREATE INDEX unended_deployments ON public.deployments USING btree (organization_id) WHERE (status = ANY (ARRAY['waiting'::text, 'ready'::text, 'accepted'::text, 'running'::text]));
CREATE INDEX unstarted_by_age ON public.deployments USING btree (created_at) WHERE (status = ANY (ARRAY['waiting'::text, 'ready'::text]));
CREATE INDEX waiting_by_stack ON public.deployments USING btree (stack_id, seq) WHERE (status = 'waiting'::text);
CREATE INDEX due_git_deliveries ON public.git_deliveries USING btree (git_host_id, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX due_git_deliveries_by_subject ON public.git_deliveries USING btree (git_host_id, subject, seq) WHERE (due_at IS NOT NULL);
CREATE INDEX git_deliveries_by_host ON public.git_deliveries USING btree (git_host_id, seq DESC);
CREATE INDEX git_polls_by_pool ON public.git_polls USING btree (pool_id, due_at);
CREATE INDEX due_git_statuses ON public.git_statuses USING btree (git_host_id, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX git_statuses_by_deployment ON public.git_statuses USING btree (deployment_id) WHERE (deployment_id IS NOT NULL);
CREATE INDEX git_statuses_by_pull_request ON public.git_statuses USING btree (git_host_id, repository, pull_request, id) WHERE (pull_request IS NOT NULL);
CREATE INDEX git_triggers_by_deployment ON public.git_triggers USING btree (deployment_id) WHERE (deployment_id IS NOT NULL);
CREATE INDEX issuer_publications_by_target ON public.issuer_publications USING btree (target, id DESC);
CREATE INDEX members_by_user ON public.members USING btree (user_id);
CREATE INDEX mints_by_deployment ON public.mints USING btree (deployment_id, seq);
CREATE INDEX pool_tokens_by_issuer ON public.pool_tokens USING btree (issuer_id, expires_at) WHERE (issuer_id IS NOT NULL);
CREATE INDEX pool_tokens_by_pool ON public.pool_tokens USING btree (pool_id);
CREATE UNIQUE INDEX one_default_pool_per_organization ON public.pools USING btree (organization_id) WHERE is_default;
CREATE UNIQUE INDEX one_pool_per_name ON public.pools USING btree (organization_id, name) NULLS NOT DISTINCT WHERE (deleted_at IS NULL);
CREATE INDEX due_pull_request_comments ON public.pull_request_comments USING btree (git_host_id, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX open_pull_requests ON public.pull_requests USING btree (git_host_id, repository) WHERE (state = 'open'::text);
CREATE INDEX removed_stacks_by_organization ON public.removed_stacks USING btree (organization_id);
CREATE INDEX live_review_stacks ON public.review_stacks USING btree (template_id) WHERE (stack_id IS NOT NULL);
CREATE INDEX review_stacks_by_destroy ON public.review_stacks USING btree (destroy_id) WHERE (destroy_id IS NOT NULL);
CREATE INDEX review_stacks_by_pull_request ON public.review_stacks USING btree (git_host_id, repository, pull_request);
CREATE INDEX schedule_runs_by_deployment ON public.schedule_runs USING btree (deployment_id) WHERE (deployment_id IS NOT NULL);
CREATE INDEX due_schedules ON public.schedules USING btree (next_at) WHERE ((next_at IS NOT NULL) AND (NOT paused));
CREATE INDEX schedules_by_stack ON public.schedules USING btree (stack_id, created_at);
CREATE INDEX stack_audiences_by_audience ON public.stack_audiences USING btree (organization_id, audience);
CREATE INDEX stack_collaborators_by_user ON public.stack_collaborators USING btree (organization_id, user_id);
CREATE INDEX stacks_by_creator ON public.stacks USING btree (created_by) WHERE (created_by IS NOT NULL);
CREATE INDEX team_members_by_user ON public.team_members USING btree (organization_id, user_id);
CREATE INDEX team_stacks_by_team ON public.team_stacks USING btree (team_id);
CREATE INDEX drift_looks ON public.updates USING btree (stack_id, created_at) WHERE detects_drift;
CREATE UNIQUE INDEX one_running_update_per_stack ON public.updates USING btree (stack_id) WHERE ((status = 'running'::text) AND (NOT dry_run));
CREATE UNIQUE INDEX one_update_per_version ON public.updates USING btree (stack_id, version) WHERE ((version IS NOT NULL) AND (NOT dry_run));
CREATE INDEX running_updates ON public.updates USING btree (lease_until) WHERE (status = 'running'::text);
CREATE INDEX updates_by_deployment ON public.updates USING btree (deployment_id, created_at) WHERE (deployment_id IS NOT NULL);
CREATE INDEX updates_by_stack ON public.updates USING btree (stack_id, created_at DESC);
CREATE INDEX updates_of_removed_stacks ON public.updates USING btree (removed_stack_id) WHERE (removed_stack_id IS NOT NULL);
CREATE INDEX updates_with_events ON public.updates USING btree (ended_at, id) INCLUDE (event_bytes) WHERE ((ended_at IS NOT NULL) AND (event_bytes > 0));
CREATE INDEX usage_by_end ON public.usage_records USING btree (organization_id, ended_at);
CREATE UNIQUE INDEX one_user_per_issuer_and_power ON public.users USING btree (issuer_id, kind, team_id, token_role) NULLS NOT DISTINCT WHERE ((issuer_id IS NOT NULL) AND ((kind <> 'team'::text) OR (team_id IS NOT NULL)));
CREATE INDEX deliveries_by_webhook ON public.webhook_deliveries USING btree (webhook_id, seq DESC);
CREATE INDEX due_deliveries ON public.webhook_deliveries USING btree (webhook_id, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX webhooks_by_stack ON public.webhooks USING btree (stack_id) WHERE (stack_id IS NOT NULL);

CREATE TRIGGER a_changed_deployment_is_reported AFTER UPDATE OF status ON public.deployments FOR EACH ROW WHEN (((new.git IS NOT NULL) AND (old.status <> new.status) AND (new.status = ANY (ARRAY['running'::text, 'succeeded'::text, 'failed'::text, 'skipped'::text])))) EXECUTE FUNCTION report_changed_deployment();
CREATE TRIGGER a_deleted_deployment_gives_its_place_back AFTER DELETE ON public.deployments FOR EACH ROW WHEN ((old.status = ANY (ARRAY['accepted'::text, 'running'::text]))) EXECUTE FUNCTION give_back_deployment_place();
CREATE TRIGGER a_deployment_that_ends_is_tallied AFTER UPDATE ON public.deployments FOR EACH ROW WHEN (((old.ended_at IS NULL) AND (new.ended_at IS NOT NULL))) EXECUTE FUNCTION tally_ended_deployment();
CREATE TRIGGER a_new_deployment_is_reported AFTER INSERT ON public.deployments FOR EACH ROW WHEN (((new.git IS NOT NULL) AND (new.status = ANY (ARRAY['waiting'::text, 'ready'::text])))) EXECUTE FUNCTION report_new_deployment();
CREATE TRIGGER deleted_deployments_are_not_tallied AFTER DELETE ON public.deployments REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION untally_deleted_deployments();
CREATE TRIGGER deployments_that_come_ended_are_tallied AFTER INSERT ON public.deployments REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tally_new_deployments();
CREATE TRIGGER notify_moved_deployment AFTER UPDATE OF status, cancel_requested_at ON public.deployments FOR EACH ROW WHEN (((old.status IS DISTINCT FROM new.status) OR (old.cancel_requested_at IS DISTINCT FROM new.cancel_requested_at))) EXECUTE FUNCTION notify_changed_deployment();
CREATE TRIGGER notify_new_deployment AFTER INSERT ON public.deployments FOR EACH ROW EXECUTE FUNCTION notify_changed_deployment();
CREATE TRIGGER polls_follow_their_git_host AFTER INSERT OR UPDATE OF settings, sealed_secrets ON public.git_hosts FOR EACH ROW WHEN ((new.kind = 'polling'::text)) EXECUTE FUNCTION polls_follow_their_git_host();
CREATE CONSTRAINT TRIGGER an_organization_keeps_an_admin AFTER DELETE OR UPDATE OF role ON public.members DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.role = 'admin'::text)) EXECUTE FUNCTION keep_an_admin();
CREATE TRIGGER a_gone_review_stack_says_when BEFORE UPDATE ON public.review_stacks FOR EACH ROW WHEN (((old.stack_id IS NOT NULL) AND (new.stack_id IS NULL))) EXECUTE FUNCTION review_stack_is_gone();
CREATE TRIGGER a_stack_takes_its_tallies_along AFTER UPDATE OF organization_id ON public.stacks FOR EACH ROW WHEN ((old.organization_id <> new.organization_id)) EXECUTE FUNCTION move_tallies();
CREATE TRIGGER the_deactivated_leave_an_admin AFTER UPDATE OF deactivated_at ON public.users FOR EACH ROW WHEN (((old.deactivated_at IS NULL) AND (new.deactivated_at IS NOT NULL))) EXECUTE FUNCTION keep_admins_of_the_deactivated();
