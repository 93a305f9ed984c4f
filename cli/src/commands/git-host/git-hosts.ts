/** Git hosts as the commands name and show them. */
import {
  GIT_HOST_PATH,
  GIT_HOSTS_PATH,
  type GitHostResponse,
  ListGitHostsResponse,
} from '@daypass/contract/git-hosts.ts'
import { Argument, type Option } from 'commander'
import { completes, type ListNames } from '../../completion/values.ts'
import { plainTime, record } from '../../output.ts'
import { organizationOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import type { Session } from '../../session.ts'

export function hostOrganizationOption(): Option {
  return organizationOption('that the git host is connected to')
}

export function hostArgument(): Argument {
  return completes(new Argument('<host>', 'its name, as `daypass git-host list` shows it'), hostNames)
}

const hostNames: ListNames = async (session) => {
  const { gitHosts } = await session.read(ListGitHostsResponse, 'GET', await hostsPath(session))
  return gitHosts.map(({ name, kind }) => ({ value: name, about: kind }))
}

export async function hostsPath(session: Session): Promise<string> {
  return pathTo(GIT_HOSTS_PATH, { organization: await session.organization() })
}

/** @param below such as `/test`. */
export async function hostPath(session: Session, host = '', below = ''): Promise<string> {
  return pathTo(GIT_HOST_PATH, { organization: await session.organization(), host }) + below
}

export function showHost(host: GitHostResponse): string {
  const {
    name,
    kind,
    webUrl,
    apiUrl,
    eventsUrl,
    appId,
    repositories,
    comments,
    lastEvent,
    lastFailure,
    polling,
  } = host
  return record({
    name,
    kind,
    'web address': webUrl,
    'API address': apiUrl ?? 'none',
    ...(polling === undefined ? { 'webhook URL': eventsUrl } : shownPolling(polling)),
    ...(appId !== undefined && { 'GitHub App': appId }),
    repositories: repositories.length === 0 ? 'all' : repositories.join(', '),
    comments: comments ? 'yes' : 'no',
    connected: plainTime(host.connected),
    'last event': lastEvent === undefined ? 'none yet' : plainTime(lastEvent),
    ...(lastFailure && { 'last failure': `${plainTime(lastFailure.at)}: ${lastFailure.message}` }),
  })
}

function shownPolling({
  everySeconds,
  agentPoolID,
  repositories,
}: NonNullable<GitHostResponse['polling']>): Record<string, string> {
  const looks = repositories.map(({ repository, lastLook, failure }) => [
    repository,
    `looked at ${lastLook === undefined ? 'never' : plainTime(lastLook)}${failure ? `; ${failure.code}` : ''}`,
  ])
  return {
    polled: `every ${everySeconds} s, by runners of pool ${agentPoolID}`,
    ...Object.fromEntries(looks),
  }
}
