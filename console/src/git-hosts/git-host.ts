/** A connected git host and what it sent, and how both read. */
import type { components } from '../api/schema.d.ts'

export type GitHost = components['schemas']['GitHost']
export type GitDelivery = components['schemas']['GitDelivery']
export type TestedGitHost = components['schemas']['TestGitHostResponse']

const KINDS: Readonly<Record<GitHost['kind'], string>> = {
  'github-app': 'GitHub App',
  github: 'GitHub, with a token',
  'github-enterprise': 'GitHub Enterprise Server',
  gitlab: 'GitLab',
  bitbucket: 'Bitbucket Cloud',
  'azure-devops': 'Azure DevOps',
  gitea: 'Gitea or Forgejo',
  custom: 'Custom VCS: hooks of a git server',
  polling: 'Polled by a runner',
}

export function kindWords(kind: GitHost['kind']): string {
  return KINDS[kind]
}

/** Whether the host has pull requests that it can be asked about. */
export function hasPullRequests({ kind }: Pick<GitHost, 'kind'>): boolean {
  return kind !== 'custom' && kind !== 'polling'
}

/** Whether the host signs what it sends with a secret; one that is looked at sends nothing. */
export function isTold({ kind }: Pick<GitHost, 'kind'>): boolean {
  return kind !== 'polling'
}

export interface Health {
  readonly kind: 'well' | 'quiet' | 'failing'
  readonly says: string
}

/** The last failure stands until something went well. */
export function healthOf({ lastFailure, lastEvent, polling }: GitHost): Health {
  const failing =
    lastFailure?.message ?? polling?.repositories.find(({ failure }) => failure)?.failure?.message
  if (failing !== undefined) return { kind: 'failing', says: failing }
  if (polling?.repositories.some(({ lastLook }) => lastLook)) return { kind: 'well', says: 'It is looked at' }
  if (polling) return { kind: 'quiet', says: 'No runner has looked yet' }
  if (lastEvent) return { kind: 'well', says: 'Events arrive' }
  return { kind: 'quiet', says: 'Nothing has arrived yet: send a test event there' }
}

/** Why a stack was not deployed, with what to change if it should have been. */
const NOT_CONCERNED: Readonly<Record<string, string>> = {
  not_a_trigger: 'events of this kind deploy nothing',
  branch_deleted: 'the branch was deleted',
  tag_deleted: 'the tag was deleted',
  no_branch: 'the settings name no branch',
  other_branch: 'deployed from another branch',
  commits_not_deployed: 'pushes are not deployed (deployCommits)',
  tags_not_deployed: 'tags are not deployed (deployTags)',
  pull_requests_not_previewed: 'pull requests are not previewed (previewPullRequests)',
  pull_request_closed: 'the pull request is closed',
  pull_request_draft: 'the pull request is a draft',
  pull_request_unchanged: 'nothing changed that would be deployed',
  other_base_branch: 'deployed from another branch than the pull request is for',
  skip_words: 'the message of the commit asks to skip',
  no_file_matches: 'no changed file passes the path filters',
  tag_does_not_match: 'the tag does not pass the tag filters',
  bad_filter: 'the filters have to be mended',
}

export function notConcernedWords(code: string, count: number): string {
  return `Not for ${count === 1 ? '1 stack' : `${count} stacks`}: ${NOT_CONCERNED[code] ?? code}`
}

export interface DeliveryOutcome {
  readonly kind: 'deployed' | 'nothing' | 'waiting' | 'failed'
  readonly says: string
}

const RESULTS: Readonly<Record<string, string>> = {
  deployed: 'deployed',
  'deployed-before': 'deployed before',
  waits: 'waits for an approval',
  superseded: 'superseded',
  refused: 'refused',
}

/** What followed from a delivery; "why nothing happened" where nothing did. */
export function outcomeOf({
  state,
  ignored,
  problem,
  stacks = [],
  notConcerned,
}: GitDelivery): DeliveryOutcome {
  if (state === 'waiting') return { kind: 'waiting', says: problem ?? 'Waits to be handled' }
  if (ignored !== undefined) return { kind: 'nothing', says: ignored }
  const counted = [...Map.groupBy(stacks, ({ result }) => result)].map(
    ([result, of]) => `${of.length} ${RESULTS[result] ?? result}`,
  )
  if (problem !== undefined) return { kind: 'failed', says: [...counted, problem].join(', ') }
  if (stacks.some(({ result }) => result === 'refused')) return { kind: 'failed', says: counted.join(', ') }
  if (stacks.some(({ result }) => result === 'waits')) return { kind: 'waiting', says: counted.join(', ') }
  if (stacks.length > 0) return { kind: 'deployed', says: counted.join(', ') }
  const reasons = Object.entries(notConcerned ?? {}).map(([code, count]) => notConcernedWords(code, count))
  const says = reasons.length > 0 ? reasons.join('; ') : 'The settings of no stack name this repository'
  return { kind: 'nothing', says }
}
