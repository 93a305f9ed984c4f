/**
 * `npm run demo`: the whole flow, then exit.
 *
 * Owns: the story (two stacks, one of which the role trusts), and the table at its end with the proof of each line.
 * Does not own: any rule. It uses Daypass, git and the local AWS as a user's script would, and exits 0 only if
 * everything in the table is true.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Api, connect } from './api.ts'
import { type CloudWatch, startWatchedAws } from './cloud.ts'
import { type Followed, follow } from './follow.ts'
import { type GitHost, startGitHost } from './git-host.ts'
import { type Leak, lookForLeaks } from './leaks.ts'
import { printTable, type Row } from './table.ts'
import { type Daypass, freePort, startDaypass, temporaryFolder } from './world.ts'

const ORGANIZATION = 'acme'
const PROJECT = 'shop'
const ACCOUNT = '123456789012'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/shop-dev`
const REGION = 'eu-west-1'
const PROGRAM = fileURLToPath(new URL('./program', import.meta.url))

const options = readFlags()
if (options.help) {
  process.stdout.write(`npm run demo [-- --launcher auto|bubblewrap|unshare|plain]

Starts Daypass, a runner, a git host and a strict local AWS on free loopback ports, deploys one program to a
stack that the role trusts and to one that it does not, and says what happened. Leaves nothing behind.
`)
} else {
  process.exitCode = (await demo(options.launcher)) ? 0 : 1
}

async function demo(launcher: string): Promise<boolean> {
  const folder = await temporaryFolder()
  const stops: (() => Promise<unknown>)[] = [folder.remove]
  const interrupted = Promise.withResolvers<never>()
  const onSignal = () => interrupted.reject(new Error('interrupted'))
  // `on`, not `once`: a second Ctrl-C must not cut the tidying short.
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    return await Promise.race([interrupted.promise, tellTheStory(folder.path, launcher, stops)])
  } catch (error) {
    process.stderr.write(`\nThe demo failed: ${(error as Error).message}\n`)
    return false
  } finally {
    for (const stop of stops.toReversed())
      await stop().catch((error: Error) => process.stderr.write(`${error.message}\n`))
  }
}

async function tellTheStory(
  folder: string,
  launcher: string,
  stops: (() => Promise<unknown>)[],
): Promise<boolean> {
  const port = await freePort()
  const issuerUrl = `http://127.0.0.1:${port}/oidc`

  say('Starting a git host, a strict local AWS, and Daypass with one runner')
  const git = await startGitHost(PROGRAM)
  stops.push(git.close)
  const cloud = await startWatchedAws({
    issuerUrl,
    audience: ORGANIZATION,
    accountId: ACCOUNT,
    roleArn: ROLE,
    stack: { organization: ORGANIZATION, project: PROJECT, stack: 'dev' },
    operation: 'update',
  })
  stops.push(cloud.close)
  const daypass = await startDaypass(folder, port, [
    ...[
      '--org-name',
      ORGANIZATION,
      '--launcher',
      launcher,
      '--aws-sts-url',
      cloud.url,
      '--allow-insecure-git',
    ],
  ])
  stops.push(daypass.stop)
  say(`Daypass at ${daypass.url}, issuer ${issuerUrl}`)
  say(`The role ${ROLE} trusts stack dev, operation update, and nothing else\n`)

  const api = connect(daypass.url, daypass.token, ORGANIZATION, PROJECT)
  const [dev, prod] = [await deploy(api, 'dev', git, cloud), await deploy(api, 'prod', git, cloud)]
  const caller = String((await api.outputs('dev'))['callerArn'] ?? 'none')
  const leak = await lookForLeaks(daypass, cloud.credentials(), ROLE)

  const rows = findings({ dev, prod, caller, leak, cloud, daypass })
  printTable(rows, (text) => process.stdout.write(text))
  return rows.every((row) => row.holds)
}

async function deploy(api: Api, stack: string, git: GitHost, cloud: CloudWatch): Promise<Followed> {
  await api.createStack(stack)
  const { id, version } = await api.deploy(stack, {
    operation: 'update',
    inheritSettings: false,
    sourceContext: { git: { repoUrl: git.repoUrl, branch: 'main' } },
    operationContext: {
      preRunCommands: ['node whoami.mjs > caller.txt'],
      environmentVariables: { AWS_REGION: REGION, AWS_ENDPOINT_URL_STS: cloud.url },
      oidc: { aws: { roleArn: ROLE, sessionName: '${project.name}-${stack.name}-${deployment.version}' } },
    },
  })
  say(`POST /api/stacks/${ORGANIZATION}/${PROJECT}/${stack}/deployments → deployment ${version} (${id})`)
  const followed = await follow(api, stack, id, (text) => process.stdout.write(text))
  say(`${stack}: ${followed.status}\n`)
  return followed
}

interface Outcome {
  readonly dev: Followed
  readonly prod: Followed
  readonly caller: string
  readonly leak: Leak
  readonly cloud: CloudWatch
  readonly daypass: Daypass
}

function findings({ dev, prod, caller, leak, cloud }: Outcome): Row[] {
  const token = cloud.acceptedToken()
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/shop-dev/${PROJECT}-dev-1`
  const refusal = prod.lines.find((line) => line.includes('stack:prod') && /trust|refus|allow/i.test(line))
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
    { name: '  in the cloud it was', value: caller, holds: caller === session },
    { name: 'prod', value: prod.status, holds: prod.status === 'failed' },
    {
      name: '  refused because',
      value: refusal ? firstSentence(refusal) : 'no explanation found',
      holds: refusal !== undefined,
    },
    { name: 'cloud secrets stored', value: leak.summary, holds: leak.holds },
  ]
}

/** The rest of it, what to change, stands in the log above. */
function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text.trim())?.[0].replace(/ \[[a-z_]+\]$/, '') ?? text
}

function readFlags(): { readonly help?: boolean; readonly launcher: string } {
  try {
    return parseArgs({
      options: { help: { type: 'boolean', short: 'h' }, launcher: { type: 'string', default: 'auto' } },
    }).values
  } catch (error) {
    process.stderr.write(`${(error as Error).message.split('. ')[0]}. See npm run demo -- --help.\n`)
    process.exit(2)
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
