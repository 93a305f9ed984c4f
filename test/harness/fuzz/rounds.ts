/**
 * Sends drawn requests to the whole server in this process, and says which answers were none: a 5xx, a refusal of
 * another form than `{code, message}` with the status as its code, or an answer that breaks the promise of its route.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { GIT, type World } from '../world.ts'
import { type Description, type Existing, type FuzzRequest, requestsTo } from './requests.ts'

const DESCRIPTION = join(import.meta.dirname, '../../../contract/openapi.json')
/** What requests delete is made anew after this many. */
const ROUND = 200
/** Nothing drawn may wait for long; an answer that takes so long never comes. */
const ANSWER_LIMIT_MS = 30_000

export interface FuzzResult {
  /** How many answers had which hundred of statuses. */
  readonly counts: Readonly<Record<string, number>>
  readonly routes: number
  readonly problems: readonly string[]
}

export async function fuzz(world: World, seed: number, requests: number): Promise<FuzzResult> {
  const description: Description = JSON.parse(await readFile(DESCRIPTION, 'utf8'))
  const counts: Record<string, number> = {}
  const problems: string[] = []
  const routes = new Set<string>()
  for (let done = 0; done < requests; done += ROUND) {
    const existing = await makeExisting(world, done / ROUND)
    const size = Math.min(ROUND, requests - done)
    const drawn = fc.sample(requestsTo(description, existing), { seed: seed + done, numRuns: size })
    for (const [index, request] of drawn.entries()) {
      const { status, problem } = await send(world, request)
      routes.add(request.route)
      const hundred = `${Math.floor(status / 100)}xx`
      counts[hundred] = (counts[hundred] ?? 0) + 1
      if (problem !== undefined)
        problems.push(`seed ${seed}, request ${done + index}: ${shown(request)}\n  ${problem}`)
    }
  }
  return { counts, routes: routes.size, problems }
}

async function send(
  world: World,
  { method, url, payload, headers }: FuzzRequest,
): Promise<{ status: number; problem: string | undefined }> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), ANSWER_LIMIT_MS)
  try {
    const answer = await world.app.inject({
      method: method as 'GET',
      url,
      headers,
      signal: limit.signal,
      ...(payload !== undefined && { payload }),
    })
    const { statusCode: status } = answer
    const problem =
      status >= 500
        ? `${status} ${answer.payload.slice(0, 500)}`
        : refusalProblem(status, String(answer.headers['content-type']), answer.payload)
    return { status, problem: problem ?? world.takeFaults()[0] }
  } catch (error) {
    return { status: 599, problem: `no answer: ${String(error)}` }
  } finally {
    clearTimeout(timer)
  }
}

/** The pages for browsers say it in HTML. */
function refusalProblem(status: number, type: string, payload: string): string | undefined {
  if (status < 400 || type.startsWith('text/html')) return undefined
  try {
    const { code, message } = JSON.parse(payload)
    const isRefusal = code === status && typeof message === 'string' && message !== ''
    return isRefusal ? undefined : `${status} with ${payload.slice(0, 300)}`
  } catch {
    return `${status} is no JSON: ${payload.slice(0, 300)}`
  }
}

function shown({ method, url, payload, headers }: FuzzRequest): string {
  const { authorization, ...others } = headers
  const who = authorization?.split(' ')[0] ?? 'nobody'
  return `${method} ${url.slice(0, 300)} as ${who} ${JSON.stringify(others)} ${(payload ?? '').slice(0, 600)}`
}

/** A stack with settings, deployments in several states and an update that runs, pools, tokens: what requests may hit. */
async function makeExisting(world: World, round: number): Promise<Existing> {
  const stack = `f${round}`
  const path = `/api/stacks/acme/web/${stack}`
  await world.addStack(stack)
  await world.addStack(`${stack}-other`)
  const call = async (method: string, at: string, body?: unknown) => {
    const answer = await world.call(method, at, body === undefined ? {} : { body })
    if (answer.status >= 300)
      throw new Error(`${method} ${at}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  await world.db.query(
    'update organizations set running_deployments = 0, concurrency_limit = 1000, deployments_paused = false',
  )
  await call('PUT', `${path}/deployments/settings`, { sourceContext: { git: GIT }, tag: 'x' })
  const pool = await call('POST', '/api/orgs/acme/agent-pools', { name: `pool-${round}`, description: '' })
  const deployment = { operation: 'update', agentPoolID: pool.id }
  const running = await call('POST', `${path}/deployments`, deployment)
  const waiting = await call('POST', `${path}/deployments`, { operation: 'preview' })
  const claim = await world.claim({ token: pool.tokenValue })
  const jobToken = claim?.jobToken ?? ''
  await world.job('POST', '/api/daypass/job/start', jobToken, {})
  await world.job('POST', '/api/daypass/job/step', jobToken, { step: 0, name: 'Setup', status: 'running' })
  const other = `/api/stacks/acme/web/${stack}-other`
  const update = await call('POST', `${other}/update`, {})
  const started = await call('POST', `${other}/update/${update.updateID}`, {})
  const token = await call('POST', '/api/user/tokens', { description: 'to be deleted', expires: 0 })
  const { admin, member, stranger } = world.tokens
  return {
    values: {
      organization: ['acme', 'acme', 'acme', 'other', 'nowhere'],
      project: ['web'],
      stack: [stack, stack, `${stack}-other`, 'gone'],
      deploymentId: [running.id, waiting.id],
      updateId: [update.updateID],
      version: ['1', '2', '0'],
      poolId: [pool.id, world.sharedPool.id],
      pool: [`pool-${round}`, 'default'],
      id: [token.id],
      tag: ['pulumi:project', 'team'],
      continuationToken: ['0-0-1', '0-0-0'],
    },
    credentials: {
      person: [admin, admin, admin, member, member, stranger].map((one) => `token ${one}`),
      job: [`Bearer ${jobToken}`],
      runner: [`Bearer ${pool.tokenValue}`],
      update: [`update-token ${started.token}`],
    },
  }
}
