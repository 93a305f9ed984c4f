/**
 * `npm run demo`: the whole flow, then exit.
 *
 * Owns: the story (two stacks, one of which three clouds trust, a push that deploys that one again, and a pull
 * request that is previewed), and the table at
 * its end with the proof of each line.
 * Does not own: any rule. It uses Daypass, git and the local clouds as a user's script would, and exits 0 only if
 * everything in the table is true.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Gitea, startGitea } from '../test/harness/gitea.ts'
import { type Api, connect } from './api.ts'
import { type CloudWatch, startWatchedClouds } from './clouds.ts'
import { type Followed, follow } from './follow.ts'
import { type GitHost, startGitHost } from './git-host.ts'
import { type Leak, lookForLeaks } from './leaks.ts'
import { type Previewed, PULL_REQUEST_PROJECT, previewPullRequest } from './pull-request.ts'
import { type Pushed, pushToDeploy } from './push.ts'
import { printTable, type Row } from './table.ts'
import { ACCOUNT, CLIENT, OIDC, ROLE, SERVICE_ACCOUNT, SUBSCRIPTION } from './trust.ts'
import { type Daypass, freePort, startDaypass, temporaryFolder } from './world.ts'

const ORGANIZATION = 'acme'
const PROJECT = 'shop'
const REPO_DIR = 'clouds'
const REGION = 'eu-west-1'
const PROGRAM = fileURLToPath(new URL('./program', import.meta.url))

const options = readFlags()
if (options.help) {
  process.stdout.write(`npm run demo [-- --launcher auto|bubblewrap|unshare|plain] [--stay | --no-stay]

Starts Daypass, a runner, a git host and strict local clouds (AWS, Azure, Google Cloud) on free loopback ports,
deploys one program to a stack that they trust and to one that they do not, pushes a change of it, and says what
happened. Where there is a Gitea, a pull request there is previewed. Leaves nothing behind.

--stay  then leaves everything running, for you to look at in the console, until Ctrl-C: the default in a terminal
`)
} else {
  process.exitCode = (await demo(options)) ? 0 : 1
}

async function demo({ launcher, stay }: Options): Promise<boolean> {
  const folder = await temporaryFolder()
  const stops: (() => Promise<unknown>)[] = [folder.remove]
  const interrupted = Promise.withResolvers<never>()
  const onSignal = () => interrupted.reject(new Error('interrupted'))
  // `on`, not `once`: a second Ctrl-C must not cut the tidying short.
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    const told = await Promise.race([interrupted.promise, tellTheStory(folder.path, launcher, stops)])
    sayWhereToLook(told.daypass, stay)
    // Whoever interrupts now has seen enough.
    if (stay) await interrupted.promise.catch(() => {})
    return told.holds
  } catch (error) {
    process.stderr.write(`\nThe demo failed: ${wordsOf(error as Error)}\n`)
    return false
  } finally {
    for (const stop of stops.toReversed())
      await stop().catch((error: Error) => process.stderr.write(`${error.message}\n`))
  }
}

/** `fetch` keeps what went wrong in the cause. */
function wordsOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

async function tellTheStory(
  folder: string,
  launcher: string,
  stops: (() => Promise<unknown>)[],
): Promise<{ readonly daypass: Daypass; readonly holds: boolean }> {
  const port = await freePort()
  const issuerUrl = `http://127.0.0.1:${port}/oidc`

  say('Starting a git host, strict local clouds, and Daypass with one runner')
  const git = await startGitHost(PROGRAM)
  stops.push(git.close)
  // It takes a few seconds, in which the clouds and Daypass start.
  const starting = startGitea()
  // What went wrong with it is said when it is its turn.
  starting.catch(() => undefined)
  stops.push(async () => {
    const started = await starting.catch(() => undefined)
    if (started !== undefined && 'stop' in started) await started.stop()
  })
  const clouds = await startWatchedClouds({
    issuerUrl,
    audience: ORGANIZATION,
    identity: { organization: ORGANIZATION, project: PROJECT, stack: 'dev', operation: 'update' },
  })
  stops.push(clouds.close)
  const daypass = await startDaypass(folder, port, [
    ...['--org-name', ORGANIZATION, '--launcher', launcher],
    ...['--allow-insecure-git', '--allow-private-git-hosts'],
    ...['--aws-sts-url', clouds.urls.aws, '--azure-authority-url', clouds.urls.azure],
    ...['--google-sts-url', clouds.urls.google, '--google-iam-url', clouds.urls.google],
  ])
  stops.push(daypass.stop)
  say(`Daypass at ${daypass.url}, issuer ${issuerUrl}`)
  say('A role, an application and a service account trust stack dev, operation update, and nothing else:')
  say(`${ROLE}, ${CLIENT}, ${SERVICE_ACCOUNT}\n`)

  const api = connect(daypass.url, daypass.token, ORGANIZATION, PROJECT)
  const [dev, prod] = [await deploy(api, 'dev', git, clouds), await deploy(api, 'prod', git, clouds)]
  const callers = ((await api.outputs('dev'))['callers'] ?? {}) as Callers
  const push = { repoDir: REPO_DIR, settings: { operationContext: operationContextFor(clouds) } }
  const pushed = await pushToDeploy(api, 'dev', git, push, (text) => process.stdout.write(text))
  say(`dev: ${pushed.status}\n`)
  const release = (await api.outputs('dev'))['release']
  const previewed = await preview(daypass, await starting)
  const leak = await lookForLeaks(daypass, clouds.credentials(), ROLE)

  const rows = findings({ dev, prod, pushed: { ...pushed, release }, previewed, callers, leak, clouds })
  printTable(rows, (text) => process.stdout.write(text))
  return { daypass, holds: rows.every((row) => row.holds) }
}

function sayWhereToLook({ url, token }: Daypass, stays: boolean): void {
  if (!stays) {
    say('To look at it in the console: npm run demo -- --stay')
    return
  }
  say(`
Look at it: ${url}/${ORGANIZATION}/${PROJECT}/dev
Sign in with ${token}, which is worth nothing once this ends. Ctrl-C ends it.`)
}

/** @returns Why there is none, instead. */
async function preview(
  { url, token }: Daypass,
  gitea: Gitea | { readonly missing: string },
): Promise<Previewed | { readonly missing: string }> {
  if ('missing' in gitea) {
    say(`No pull request is previewed: it takes a git host with an API, and there is ${gitea.missing}.\n`)
    return gitea
  }
  const api = connect(url, token, ORGANIZATION, PULL_REQUEST_PROJECT)
  const previewed = await previewPullRequest(api, 'dev', gitea, (text) => process.stdout.write(text))
  say(`preview: ${previewed.status}\n`)
  return previewed
}

async function deploy(api: Api, stack: string, git: GitHost, clouds: CloudWatch): Promise<Followed> {
  await api.createStack(stack)
  const { id, version } = await api.deploy(stack, {
    operation: 'update',
    inheritSettings: false,
    sourceContext: { git: { repoUrl: git.repoUrl, branch: 'main', repoDir: REPO_DIR } },
    operationContext: operationContextFor(clouds),
  })
  say(`POST /api/stacks/${ORGANIZATION}/${PROJECT}/${stack}/deployments → deployment ${version} (${id})`)
  const followed = await follow(api, stack, id, (text) => process.stdout.write(text))
  say(`${stack}: ${followed.status}\n`)
  return followed
}

function operationContextFor(clouds: CloudWatch): object {
  return {
    preRunCommands: [
      'node ../whoami.mjs > aws.txt',
      'node azure.mjs > azure.txt',
      'node google.mjs > google.txt',
    ],
    environmentVariables: {
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL_STS: clouds.urls.aws,
      AZURE_URL: clouds.urls.azure,
      GOOGLE_URL: clouds.urls.google,
    },
    oidc: OIDC,
  }
}

interface Outcome {
  readonly dev: Followed
  readonly prod: Followed
  /** With what the program says since the push. */
  readonly pushed: Pushed & { readonly release: unknown }
  readonly previewed: Previewed | { readonly missing: string }
  readonly callers: Callers
  readonly leak: Leak
  readonly clouds: CloudWatch
}

/** Who the program was told to be. */
type Callers = Partial<Record<'aws' | 'azure' | 'google', string>>

function findings({ dev, prod, pushed, previewed, callers, leak, clouds }: Outcome): Row[] {
  const token = clouds.acceptedToken()
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/shop-dev/${PROJECT}-dev-1`
  const application = `application ${CLIENT} on /subscriptions/${SUBSCRIPTION}`
  const was = (cloud: string, caller: string | undefined, expected: string): Row => ({
    name: `  in ${cloud} it was`,
    value: caller ?? 'nobody',
    holds: caller === expected,
  })
  const refused = (cloud: string, begins: RegExp): Row => {
    const line = prod.lines.find((one) => begins.test(one) && one.includes('stack "prod"'))
    return {
      name: `  ${cloud} refused because`,
      value: line ? firstSentence(line) : 'no explanation found',
      holds: line !== undefined,
    }
  }
  return [
    { name: 'dev', value: dev.status, holds: dev.status === 'succeeded' },
    {
      name: '  token said',
      value: token?.subject ?? 'nothing',
      holds:
        token?.subject ===
        `pulumi:deploy:org:${ORGANIZATION}:project:${PROJECT}:stack:dev:operation:update:scope:write`,
    },
    {
      name: '  token lived',
      value: token ? `${token.lifetimeSeconds} s, until ${token.expiresAt.toISOString()}` : 'never',
      holds: token !== undefined && token.lifetimeSeconds <= 300,
    },
    was('AWS', callers.aws, session),
    was('Azure', callers.azure, application),
    was('Google', callers.google, SERVICE_ACCOUNT),
    { name: 'prod', value: prod.status, holds: prod.status === 'failed' },
    refused('AWS', /^The role /),
    refused('Azure', /^The credential /),
    refused('Google', new RegExp(`^${SERVICE_ACCOUNT} `)),
    {
      name: 'push to main',
      value: `dev ${pushed.status} at ${pushed.deployedCommit?.slice(0, 12) ?? 'no commit'}, which was pushed`,
      holds:
        pushed.status === 'succeeded' &&
        pushed.deployedCommit === pushed.commit &&
        pushed.release === 'second',
    },
    ...previewRow(previewed),
    { name: 'cloud secrets stored', value: leak.summary, holds: leak.holds },
  ]
}

/** None without a git host that has pull requests. */
function previewRow(previewed: Outcome['previewed']): Row[] {
  if ('missing' in previewed) return []
  const { status, commit, previewedCommit, comments, commitState } = previewed
  const told = `${comments.length} comment, status ${commitState}`
  return [
    {
      name: 'pull request on Gitea',
      value: `preview ${status} at ${previewedCommit?.slice(0, 12) ?? 'no commit'}, its head: ${told}`,
      holds:
        status === 'succeeded' &&
        previewedCommit === commit &&
        commitState === 'success' &&
        comments.length === 1 &&
        comments[0]?.includes('2 to create') === true,
    },
  ]
}

/** The rest of it, what to change, stands in the log above. */
function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text.trim())?.[0].replace(/ \[[a-z_]+\]$/, '') ?? text
}

interface Options {
  readonly help?: boolean
  readonly launcher: string
  readonly stay: boolean
}

function readFlags(): Options {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        launcher: { type: 'string', default: 'auto' },
        stay: { type: 'boolean' },
      },
      allowNegative: true,
    })
    return { ...values, stay: values.stay ?? (process.stdin.isTTY && process.stdout.isTTY) === true }
  } catch (error) {
    process.stderr.write(`${(error as Error).message.split('. ')[0]}. See npm run demo -- --help.\n`)
    process.exit(2)
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
