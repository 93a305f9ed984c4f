/**
 * What git said, as a reason with a stable code and a sentence that says what to do.
 */
import { printable } from '../../printable.ts'
import { type Failure, failure } from '../failure.ts'
import type { RepositoryAddress } from './address.ts'

export interface FetchFacts {
  readonly address: RepositoryAddress
  /** What was asked for, for the sentence. */
  readonly wanted: string
  readonly hasCredentials: boolean
}

interface Rule {
  readonly pattern: RegExp
  explain(facts: FetchFacts): Failure
}

const RULES: readonly Rule[] = [
  {
    pattern: /Host key verification failed/i,
    explain: ({ address }) =>
      failure(
        'source_address_refused',
        `The host ${address.host} did not show a key that this runner knows; ask the runner's owner to check it and to add it to the file of --ssh-known-hosts.`,
      ),
  },
  {
    pattern: /couldn't find remote ref|Remote branch .* not found/i,
    explain: ({ wanted, address }) =>
      failure(
        'source_branch_not_found',
        `${address.url} has no ${wanted}; check the branch in the source settings.`,
      ),
  },
  {
    pattern:
      /Authentication failed|could not read (?:Username|Password)|returned error: 40[13]|Permission denied|Invalid username or|Load key/i,
    explain: ({ address, hasCredentials }) =>
      failure(
        'source_auth_failed',
        hasCredentials
          ? `${address.url} refuses the saved Git credentials; check that they are still valid and may read this repository.`
          : `${address.url} asks for credentials, or does not exist; save a token or an SSH key in the source settings, or correct the address.`,
      ),
  },
  {
    pattern:
      /repository .*not found|Repository not found|returned error: 404|does not appear to be a git repository|not a git repository|does not exist|info\/refs not valid/i,
    explain: ({ address }) =>
      failure(
        'source_repository_not_found',
        `There is no Git repository at ${address.url}; check the address in the source settings.`,
      ),
  },
  {
    pattern: /Could not resolve host(?:name)?/i,
    explain: ({ address }) =>
      failure(
        'source_repository_not_found',
        `The host ${address.host} of the repository has no address; check its name.`,
      ),
  },
  {
    pattern: /Operation too slow|timed out/i,
    explain: ({ address }) => timedOut(address),
  },
  {
    pattern: /returned error: 30[1278]|unable to update url base from redirection/i,
    explain: ({ address }) =>
      failure(
        'source_repository_not_found',
        `${address.url} has moved; write the repository's new address into the source settings.`,
      ),
  },
  {
    pattern: /transport '.*' not allowed/i,
    explain: ({ address }) =>
      failure('source_address_refused', `This runner does not fetch from ${address.url}; use https or ssh.`),
  },
]

export function explainFetch(said: string, facts: FetchFacts): Failure {
  const rule = RULES.find(({ pattern }) => pattern.test(said))
  if (rule) return rule.explain(facts)
  const last = printable(said.trim().split('\n').at(-1)?.slice(0, 300) ?? '')
  return failure('source_failed', `git could not fetch ${facts.address.url}: ${last}`)
}

export function timedOut(address: RepositoryAddress): Failure {
  return failure(
    'source_timeout',
    `Fetching ${address.url} took too long and was stopped; check that the host answers, and how large the repository is.`,
  )
}
