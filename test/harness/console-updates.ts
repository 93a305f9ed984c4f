/**
 * An update and a preview of a stack for the pages that show them, told to the server as the CLI tells them: resources of
 * every kind, a change of each kind, secrets, and a stranger's words wherever the engine repeats them.
 */
import type { TestServer } from './server.ts'
import type { System } from './system.ts'

const PLACE = 'urn:pulumi:staging::shop::'
const STACK = `${PLACE}pulumi:pulumi:Stack::shop-staging`
const SITE = `${PLACE}acme:web:Site::site`
const PROVIDER = `${PLACE}pulumi:providers:aws::default_6_0_0`
const SECRET = {
  '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
  ciphertext: 'AAABAMNeverShown',
}
/** A resource with a secret among its inputs. */
export const SECRET_HOLDER = `${PLACE}acme:web:Site$aws:rds/instance:Instance::orders`

interface Given {
  readonly urn: string
  readonly id?: string
  readonly inputs?: object
  readonly outputs?: object
  readonly [member: string]: unknown
}

function resource(urn: string, more: Partial<Given> = {}): Given {
  const type = urn.split('::')[2]?.split('$').at(-1) ?? ''
  return { urn, type, custom: !type.startsWith('acme:') && !type.endsWith(':Stack'), ...more }
}

function stateOf(hostile: string): object {
  const bucket = `${PLACE}acme:web:Site$aws:s3/bucket:Bucket::uploads`
  const below = { parent: SITE, provider: `${PROVIDER}::p` }
  return {
    manifest: { time: '2026-11-30T08:00:00Z', magic: '', version: '' },
    resources: [
      resource(STACK, {
        outputs: {
          url: 'https://shop.example.com/',
          databasePassword: SECRET,
          endpoints: { api: 'https://api.example.com/', regions: ['eu-west-1', 'eu-central-1'] },
          words: hostile,
        },
      }),
      resource(PROVIDER, { id: 'p', parent: STACK }),
      resource(SITE, { parent: STACK }),
      resource(bucket, { ...below, id: 'uploads-8f2c1', inputs: { acl: 'private' }, protect: true }),
      resource(SECRET_HOLDER, {
        ...below,
        id: 'orders-1',
        inputs: { engine: 'postgres', password: SECRET, tags: { Words: hostile } },
        outputs: { address: 'orders.example.com', password: SECRET },
      }),
      resource(`${PLACE}acme:web:Site$aws:lambda/function:Function::${hostile}`, {
        ...below,
        id: hostile,
        dependencies: [bucket, SECRET_HOLDER],
      }),
    ],
  }
}

function stepsOf(hostile: string): object[] {
  const step = (urn: string, op: string, states: object) => ({
    metadata: { op, urn, type: urn.split('::')[2]?.split('$').at(-1), ...states },
  })
  const bucket = `${PLACE}acme:web:Site$aws:s3/bucket:Bucket::uploads`
  const changed = {
    old: { inputs: { acl: 'private', tags: { Owner: 'web', Words: 'none' } } },
    new: { inputs: { acl: 'public-read', tags: { Owner: 'web', Words: hostile } } },
    detailedDiff: { acl: { diffKind: 'update' }, 'tags.Words': { diffKind: 'update' } },
  }
  const secret = {
    old: { inputs: { engine: 'postgres', password: '[secret]' } },
    new: { inputs: { engine: 'postgres', password: '[secret]' } },
    detailedDiff: { password: { diffKind: 'update' } },
  }
  const made = { new: { inputs: { memory: 512, environment: { WORDS: hostile } } } }
  const removed = { old: { id: 'old-1', inputs: { retention: 7 } } }
  return [
    { resOutputsEvent: step(STACK, 'same', {}) },
    { resourcePreEvent: step(bucket, 'update', changed) },
    { resOutputsEvent: step(bucket, 'update', changed) },
    { resOutputsEvent: step(SECRET_HOLDER, 'update', secret) },
    { resOutputsEvent: step(`${PLACE}aws:lambda/function:Function::${hostile}`, 'create', made) },
    { resOutputsEvent: step(`${PLACE}aws:cloudwatch/logGroup:LogGroup::logs`, 'delete', removed) },
    {
      diagnosticEvent: {
        urn: bucket,
        severity: 'warning',
        color: 'raw',
        prefix: '<{%fg 11%}>warning: <{%reset%}>',
        message: `<{%reset%}>acl is <{%bold%}>deprecated<{%reset%}>: ${hostile}\n  see https://example.com/acl\n`,
      },
    },
    { diagnosticEvent: { urn: '', severity: 'info#err', color: 'raw', message: `${hostile}\n` } },
    { summaryEvent: { resourceChanges: { create: 1, update: 2, delete: 1, same: 3 }, durationSeconds: 9 } },
  ]
}

function programOf(hostile: string): object {
  return {
    name: 'shop',
    runtime: 'nodejs',
    main: '',
    description: '',
    config: {
      'aws:region': { string: 'eu-west-1', secret: false, object: false },
      'shop:password': { string: 'AAABAMNeverShown', secret: true, object: false },
      'shop:words': { string: hostile, secret: false, object: false },
    },
    metadata: {
      message: hostile,
      environment: {
        'pulumi.version': 'v3.259.0',
        'git.head': '0123456789abcdef0123456789abcdef01234567',
        'git.headName': hostile,
        'ci.build.url': 'javascript:document.title="taken"',
      },
    },
  }
}

/** Gives the stack a state (version 1), an update (version 2) and a preview. @returns The preview's id. */
export async function addUpdates(server: TestServer, stack: string, hostile: string): Promise<string> {
  const path = `/api/stacks/main/shop/${stack}`
  await must(server, 'POST', `${path}/import`, { version: 3, deployment: stateOf(hostile) })
  await update(server, path, 'update', programOf(hostile), stepsOf(hostile))
  const preview = { ...programOf(hostile), options: { dryRun: true } }
  return update(server, path, 'preview', preview, stepsOf(hostile))
}

/** A look at the cloud that finds a resource changed. @param stack As `project/stack`. */
export async function addDrift(server: TestServer, stack: string): Promise<void> {
  const refresh = {
    name: stack.split('/')[0],
    runtime: 'nodejs',
    options: { dryRun: true },
    metadata: { environment: { 'pulumi.flag.preview-only': 'true' } },
  }
  const found = { summaryEvent: { resourceChanges: { update: 1, same: 3 }, durationSeconds: 2 } }
  await update(server, `/api/stacks/main/${stack}`, 'refresh', refresh, [found])
}

/** One of each kind, one of them paused; all of it needs saved settings. */
export async function addSchedules(
  { server, repoUrl }: Pick<System, 'server' | 'repoUrl'>,
  stack: string,
): Promise<void> {
  const path = `/api/stacks/main/shop/${stack}/deployments`
  await must(server, 'PUT', `${path}/settings`, { sourceContext: { git: { repoUrl, branch: 'main' } } })
  await must(server, 'POST', `${path}/schedules`, {
    scheduleCron: '0 4 * * *',
    timeZone: 'Europe/Berlin',
    request: { operation: 'preview', inheritSettings: true },
  })
  const { id } = await must(server, 'POST', `${path}/drift/schedules`, {
    scheduleCron: '0 */4 * * 1-5',
    autoRemediate: true,
  })
  await must(server, 'POST', `${path}/schedules/${id}/pause`, {})
  const timestamp = '2099-12-31T23:59:00Z'
  await must(server, 'POST', `${path}/ttl/schedules`, { timestamp, deleteAfterDestroy: true })
}

async function update(
  server: TestServer,
  path: string,
  kind: string,
  program: object,
  steps: readonly object[],
): Promise<string> {
  const { updateID } = await must(server, 'POST', `${path}/${kind}`, program)
  const one = `${path}/update/${updateID}`
  const { token } = await must(server, 'POST', `${path}/${kind}/${updateID}`, { tags: null })
  const events = steps.map((event, sequence) => ({ sequence, timestamp: 1_796_000_000, ...event }))
  await leased(server, `${one}/events/batch`, token, { events })
  await leased(server, `${one}/complete`, token, { status: 'succeeded' })
  return updateID
}

// biome-ignore lint/suspicious/noExplicitAny: the harness answers with whatever JSON came
async function must(server: TestServer, method: string, path: string, body: object): Promise<any> {
  const answer = await server.call(method, path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

async function leased(server: TestServer, path: string, lease: string, body: object): Promise<void> {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `update-token ${lease}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
}
