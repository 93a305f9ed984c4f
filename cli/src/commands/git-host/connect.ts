/**
 * `daypass connect`: makes the connection, says step by step what to do at the host, and sends a signed test event
 * through the public address, as the host will.
 */
import { GitHostResponse, TestGitHostResponse } from '@daypass/contract/git-hosts.ts'
import { Argument, type Command, Option } from 'commander'
import { type Static, Type } from 'typebox'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { addServerCommand } from '../../server-command.ts'
import { hostOrganizationOption, hostPath, hostsPath } from './git-hosts.ts'
import { type CredentialOptions, credentialOptions, credentialsOf } from './host-options.ts'
import { makesApp, registerApp } from './register-app.ts'
import { BEFORE_AN_APP, STEPS, stepsFor } from './steps.ts'
import { sendTestEvent } from './test-event.ts'

const KINDS = Object.keys(STEPS)

const Connected = Type.Object({
  host: GitHostResponse,
  test: TestGitHostResponse,
  testEvent: Type.Object({
    arrived: Type.Boolean(),
    sentence: Type.String({ description: 'What came of an event that was sent to the webhook URL.' }),
  }),
  installUrl: Type.Optional(
    Type.String({ description: 'Of a GitHub App that was just made: where it is installed.' }),
  ),
})

export interface ConnectOptions extends CredentialOptions {
  readonly name?: string
  readonly url?: string
  readonly apiUrl?: string
  readonly enterpriseUrl?: string
  readonly githubOrg?: string
  readonly app?: boolean
}

export function addConnectCommand(program: Command, surroundings: Surroundings): void {
  addServerCommand(program, surroundings, {
    name: 'connect',
    summary: 'connect a git host: says what to do there, checks it, and sends a test event',
    arguments: [new Argument('<kind>', 'of git host').choices(KINDS)],
    options: [
      hostOrganizationOption(),
      new Option('--name <name>', 'by which the other commands find it (default: the kind)'),
      new Option(
        '--url <url>',
        'where people look at it, such as https://git.example.com (default: the public one)',
      ),
      new Option('--api-url <url>', 'where its API is, when that is not the usual place'),
      new Option('--github-org <name>', 'organization of GitHub that is to own the App (default: you)'),
      new Option('--enterprise-url <url>', 'the GitHub Enterprise Server on which the App is to be made'),
      new Option('--no-app', 'make no GitHub App: a webhook of a repository instead'),
      ...credentialOptions(),
    ],
    example: `daypass connect github --github-org acme
daypass connect gitea --url https://git.example.com --host-token-file ./token
daypass connect github-app --app-id 12345 --private-key-file ./app.pem --repository acme/shop
daypass connect polling --url https://git.internal --repository acme/shop --every 60s`,
    answer: Connected,
    run: async (session, options: ConnectOptions, kind = '') => {
      if (makesApp(kind, options)) return registerApp(session, kind, options, surroundings)
      const { name = kind, url: webUrl, apiUrl, appId, privateKeyFile } = options
      if (kind === 'github-app' && (appId === undefined || privateKeyFile === undefined))
        throw new FailedCommand(BEFORE_AN_APP, EXIT.misused)
      const body = { name, kind, webUrl, apiUrl, ...(await credentialsOf(options, surroundings)) }
      const made = await session.read(GitHostResponse, 'POST', await hostsPath(session), body)
      const test = await session.read(TestGitHostResponse, 'POST', await hostPath(session, name, '/test'))
      const testEvent = kind === 'polling' ? NO_EVENT : await sendTestEvent(made, surroundings)
      return { host: made, test, testEvent }
    },
    show: showConnected,
  })
}

/** Of a remote that tells nobody. */
const NO_EVENT = { arrived: false, sentence: 'Nothing is sent here: runners look.' }

function showConnected(connected: Static<typeof Connected>): string {
  const { host, test, testEvent } = connected
  const { name, kind } = host
  const missing = test.missing.map((one) => `- ${one}`)
  return [
    `Connected ${name} (${kind}).`,
    ...whatToDo(connected),
    ...(test.identity === undefined ? [] : [`The host knows us as ${test.identity}.`]),
    ...(missing.length === 0 ? [] : [['Still missing:', ...missing].join('\n')]),
    ...(kind === 'polling' ? [] : [`${testEvent.arrived ? '✓' : '✗'} ${testEvent.sentence}`]),
    'Then name the repository in the deployment settings of a stack (vcs.repository, deployCommits, previewPullRequests).',
    `\`daypass git-host deliveries ${name}\` shows what has come and what followed.`,
  ].join('\n\n')
}

/** An App that was just made has its webhook, permissions and events. */
function whatToDo({ host, installUrl }: Static<typeof Connected>): string[] {
  if (installUrl !== undefined) {
    return [
      `Install the App on the repositories of your stacks, and on no others (whoever may write a stack can have it clone them). Your browser is there already:\n${installUrl}`,
    ]
  }
  const steps = stepsFor(host).map((step, index) => `${index + 1}. ${step(host)}`)
  if (host.kind === 'polling') return [['At the remote:', ...steps].join('\n')]
  return [
    ['At the host:', ...steps].join('\n'),
    `Webhook URL:     ${host.eventsUrl}\nWebhook secret:  ${host.webhookSecret ?? ''}   (shown only now)`,
  ]
}
