/**
 * What a backup holds, table by table, in the order in which they can be filled again.
 *
 * Every table of the server stands here, saved or left out: a test compares the two lists with the tables there are.
 */

export interface SavedTable {
  readonly name: string
  /** Columns that are not saved as they are: an SQL expression that is saved instead, or null for none. */
  readonly instead?: Readonly<Record<string, string | null>>
}

/**
 * What is running is over in a backup: its token is not in it, and its lease has run out when it comes back. So the
 * server ends it as it ends everything whose client went silent, with all that it does then.
 */
const OVER = 'case when lease_until is not null then now() end'

export const SAVED_TABLES: readonly SavedTable[] = [
  { name: 'organizations' },
  { name: 'teams' },
  { name: 'oidc_issuers' },
  { name: 'auth_policies' },
  { name: 'users' },
  { name: 'members' },
  { name: 'team_members' },
  // Hashes: people's tokens go on working after a restore.
  { name: 'access_tokens' },
  { name: 'pools' },
  { name: 'stacks' },
  { name: 'team_stacks' },
  { name: 'stack_collaborators' },
  // Hashes: links that were sent out go on working.
  { name: 'invitations' },
  { name: 'retired_stack_names' },
  { name: 'organization_audiences' },
  { name: 'stack_audiences' },
  { name: 'stack_identities' },
  { name: 'stack_data_keys' },
  { name: 'organization_data_keys' },
  { name: 'webhooks' },
  { name: 'git_hosts' },
  { name: 'deployment_settings' },
  { name: 'dependency_caches' },
  { name: 'removed_stacks' },
  {
    name: 'deployments',
    instead: { job_token_hash: null, stack_token_hash: null, lease_until: OVER },
  },
  { name: 'git_triggers' },
  { name: 'git_refs' },
  { name: 'pull_requests' },
  { name: 'pull_request_approvals' },
  { name: 'review_stacks' },
  { name: 'review_stack_rules' },
  { name: 'deployment_steps' },
  { name: 'log_chunks' },
  { name: 'schedules' },
  { name: 'schedule_runs' },
  { name: 'updates', instead: { lease_token_hash: null, lease_until: OVER } },
  { name: 'states' },
  { name: 'state_chunks' },
  { name: 'update_events' },
  { name: 'journal_entries' },
  { name: 'signing_keys' },
  { name: 'issuer_publications' },
  { name: 'mints' },
  { name: 'mint_blocks' },
  { name: 'usage_records' },
  { name: 'audit_log' },
]

/** Emptied by a restore, and why they are not saved. */
export const LEFT_OUT_TABLES: Readonly<Record<string, string>> = {
  deployment_tallies: 'the database tallies the deployments that come back',
  credential_fingerprints: 'the deployments that had those credentials are over',
  issuer_publishers: 'the server looks at the mirror anew',
  pool_tokens: 'runners get new tokens after a restore',
  pool_runners: 'runners are seen again when they ask for work',
  console_sessions: 'people sign in again after a restore',
  outbox: 'what happened was told by the server that the backup was made of',
  git_app_registrations: 'whoever was making a GitHub App begins again',
  git_deliveries: 'what git hosts told was told to the server that the backup was made of',
  git_statuses: 'git hosts were told by the server that the backup was made of',
  pull_request_comments: 'a comment of ours is found again by what it begins with',
  git_polls: 'the database makes them of the connections that come back, and each remote is looked at anew',
  git_polled_refs: 'the first look after a restore is only kept',
  webhook_deliveries: 'what was to be sent was sent by the server that the backup was made of',
}

/** Belongs to the release, not to the data. */
export const MIGRATIONS_TABLE = 'schema_migrations'
