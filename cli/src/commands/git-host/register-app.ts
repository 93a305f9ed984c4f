/** `daypass connect github`: a GitHub App made by a manifest. The person clicks in their browser, and the command waits. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  BegunGitAppRegistration,
  GitAppRegistration,
  TestGitHostResponse,
} from '@daypass/contract/git-hosts.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { plainTime, withoutControls } from '../../output.ts'
import { openProgress } from '../../progress.ts'
import type { Session } from '../../session.ts'
import type { ConnectOptions } from './connect.ts'
import { hostPath } from './git-hosts.ts'
import { postTestEvent } from './test-event.ts'

const ASK_EVERY_MS = 1000
/** A server that is started anew is away for a moment. */
const PATIENCE_MS = 60_000
const GITHUB_KINDS = ['github', 'github-app', 'github-enterprise']

/** Unless there is a token or an App already, or the person wants none. */
export function makesApp(kind: string, options: ConnectOptions): boolean {
  const { app, appId, privateKeyFile, hostTokenFile, githubOrg, enterpriseUrl } = options
  const isThere = [appId, privateKeyFile, hostTokenFile].some((given) => given !== undefined)
  const makes = GITHUB_KINDS.includes(kind) && app !== false && !isThere
  if (!makes && (githubOrg !== undefined || enterpriseUrl !== undefined)) {
    throw new FailedCommand(
      '--github-org and --enterprise-url are for GitHub alone, when it is to make an App; otherwise say --url.',
      EXIT.misused,
    )
  }
  return makes
}

export async function registerApp(
  session: Session,
  kind: string,
  options: ConnectOptions,
  { fetch }: Surroundings,
) {
  const { name = kind, url, enterpriseUrl, apiUrl, githubOrg, repository, comments } = options
  const isEnterprise = kind === 'github-enterprise' || enterpriseUrl !== undefined
  const path = await hostPath(session, name, '/registration')
  const begun = await session.read(BegunGitAppRegistration, 'POST', path, {
    kind: isEnterprise ? 'github-enterprise' : 'github-app',
    webUrl: enterpriseUrl ?? url,
    apiUrl,
    gitHubOrganization: githubOrg,
    repositories: repository,
    // Commander's default of `--no-comments` is true, and says nothing.
    comments: comments === false ? false : undefined,
  })
  // Not on the line of progress: a terminal cuts that.
  process.stderr.write(withoutControls(`Open this in a browser that is logged in to GitHub: ${begun.link}`))
  process.stderr.write(`\nIt is good once, until ${plainTime(begun.expires)}.\n`)
  const { gitHost, installUrl, testEvent } = await madeApp(session, path, begun.id)
  if (gitHost === undefined) throw new FailedCommand('the server does not say what it connected.')
  const test = await session.read(TestGitHostResponse, 'POST', await hostPath(session, name, '/test'))
  const tested =
    testEvent === undefined
      ? { arrived: false, sentence: 'No test event was sent: the server could not sign one.' }
      : await postTestEvent(gitHost.eventsUrl, testEvent, fetch)
  return { host: gitHost, test, testEvent: tested, installUrl }
}

async function madeApp(session: Session, path: string, id: string): Promise<GitAppRegistration> {
  const { now } = session.surroundings
  const progress = openProgress()
  let heard = now().getTime()
  try {
    for (;;) {
      const answer = await session.read(GitAppRegistration, 'GET', path).catch((error: unknown) => {
        const isAway = error instanceof FailedCommand && error.exitCode === EXIT.unreachable
        if (!isAway || now().getTime() - heard > PATIENCE_MS) throw error
        progress.say('the server does not answer; asking on')
        return undefined
      })
      if (answer !== undefined) {
        heard = now().getTime()
        if (answer.id !== id)
          throw new FailedCommand('somebody has begun this anew, and the link above is worth nothing.')
        if (answer.state === 'connected') return answer
        if (answer.state === 'failed') throw new FailedCommand(answer.message ?? 'it failed.')
        if (answer.state === 'expired')
          throw new FailedCommand('nobody used the link in time; run the command again.', EXIT.late)
        progress.say(WORDS[answer.state])
      }
      await sleep(ASK_EVERY_MS)
    }
  } finally {
    progress.end()
  }
}

const WORDS = {
  waiting: 'waiting until you have made the App on GitHub',
  exchanging: 'GitHub has made the App; fetching its key',
} as const
