/** What happens to a queue, done for real; `drawn.ts` says what is tried. */
import { randomBytes } from 'node:crypto'
import {
  JOB_BEAT_PATH,
  JOB_FINISH_PATH,
  JOB_LOG_PATH,
  JOB_START_PATH,
  JOB_STEP_PATH,
} from '@daypass/contract/job-paths.ts'
import { hashToken, makeToken } from '../../../server/src/access/token.ts'
import { cancelDeployment } from '../../../server/src/deployments/cancel.ts'
import { claimNext } from '../../../server/src/deployments/claim.ts'
import { takeBack } from '../../../server/src/deployments/lease.ts'
import type { Reaper } from '../../../server/src/deployments/reaper.ts'
import type { Queue } from '../queue.ts'
import type { World } from '../world.ts'

export type Action =
  | {
      readonly do: 'request'
      readonly stack: number
      readonly operation: 'update' | 'preview'
      readonly skip: boolean
      readonly pool: number
    }
  | { readonly do: 'claim'; readonly pool: number }
  /** Of a job: the newest claims come first, and old ones may be anybody's by now. */
  | { readonly do: 'start' | 'beat' | 'write' | 'leave'; readonly claim: number }
  | { readonly do: 'finish'; readonly claim: number; readonly result: 'succeeded' | 'failed' }
  | { readonly do: 'cancel'; readonly request: number }
  | { readonly do: 'pause' | 'resume'; readonly stack: number }
  | { readonly do: 'pause-all' | 'resume-all'; readonly organization: number }
  /** The database's clock is set, and the server's with it or not. */
  | { readonly do: 'clock'; readonly seconds: number; readonly server: boolean }
  | { readonly do: 'sweep' }

export const STACKS = 5
export interface Held {
  readonly id: string
  readonly fencing: number
  readonly jobToken: string
}

/** What the actions of one schedule have to work with. */
export interface Stage {
  readonly queue: Queue
  /** Some of each organization. */
  readonly stacks: readonly {
    readonly id: string
    readonly name: string
    readonly organization: Organization
  }[]
  readonly pools: readonly World['sharedPool'][]
  readonly reaper: Reaper
  readonly requests: { readonly id: string; readonly stackId: string }[]
  readonly claims: Held[]
  readonly serverClock: { ms: number }
}

export type Organization = 'acme' | 'other'
export const ORGANIZATIONS: readonly Organization[] = ['acme', 'other']

/** What an action was about and what came of it; a rule knows nothing else of it. */
export interface Outcome {
  readonly action: Action
  readonly deploymentId?: string
  /** Of a claim. */
  readonly poolId?: string
  readonly held?: Held
  /** Whether it was heard: of a job's word, and of a claim. */
  readonly heard?: boolean
}

export async function perform(stage: Stage, action: Action): Promise<Outcome> {
  const { queue, requests, claims, pools } = stage
  const { world } = queue
  switch (action.do) {
    case 'request': {
      const stack = stackOf(stage, action.stack)
      const pool = stack.organization === 'acme' ? action.pool : 0
      const { id } = await queue.request(stack.id, {
        operation: action.operation,
        skip: action.skip,
        ...(pool === 1 && { pool: poolOf(stage, 1).id }),
      })
      requests.push({ id, stackId: stack.id })
      return { action, deploymentId: id }
    }
    case 'claim': {
      const pool = pools[action.pool] ?? world.sharedPool
      const jobToken = makeToken('job', randomBytes)
      const claimed = await claimNext(world.database.db, pool.id, {
        poolTokenId: pool.tokenId,
        runnerName: 'r',
        jobTokenHash: hashToken(jobToken),
        stackTokenHash: randomBytes(32),
      })
      if (!claimed) return { action, poolId: pool.id, heard: false }
      const held = { id: claimed.id, fencing: claimed.fencing, jobToken }
      claims.push(held)
      return { action, poolId: pool.id, deploymentId: held.id, held, heard: true }
    }
    case 'start':
    case 'beat':
    case 'write':
    case 'finish':
    case 'leave': {
      const held = claims.at(-1 - (action.claim % (claims.length || 1)))
      if (held === undefined) return { action }
      return { action, deploymentId: held.id, held, heard: await say(world, held, action) }
    }
    case 'cancel': {
      const target = requests.at(-1 - (action.request % (requests.length || 1)))
      if (target === undefined) return { action }
      await cancelDeployment(queue.services, {
        stackId: target.stackId,
        deploymentId: target.id,
        by: 'somebody',
      })
      return { action, deploymentId: target.id }
    }
    case 'pause':
    case 'resume': {
      const { organization, name } = stackOf(stage, action.stack)
      await ask(world, organization, `/api/stacks/${organization}/web/${name}/deployments/${action.do}`)
      return { action }
    }
    case 'pause-all':
    case 'resume-all': {
      const organization = ORGANIZATIONS[action.organization] ?? 'acme'
      const verb = action.do === 'pause-all' ? 'pause' : 'resume'
      await ask(world, organization, `/api/orgs/${organization}/deployments/${verb}`)
      return { action }
    }
    case 'clock':
      if (action.server) stage.serverClock.ms += action.seconds * 1000
      await setClock(world, action.seconds)
      return { action }
    case 'sweep':
      await stage.reaper.sweep()
      return { action }
  }
}

/** A runner speaks for its claim, whether it still holds it or not. */
async function say(
  world: World,
  held: Held,
  action: Action & { readonly do: 'start' | 'beat' | 'write' | 'finish' | 'leave' },
): Promise<boolean> {
  const job = (path: string, body: object) => world.job('POST', path, held.jobToken, body)
  switch (action.do) {
    case 'leave':
      return takeBack(
        world.database.db,
        { deploymentId: held.id, fencing: held.fencing },
        { evenBeforeItsTime: true },
      )
    case 'start':
      return (await job(JOB_START_PATH, {})).status === 200
    case 'beat':
      return (await job(JOB_BEAT_PATH, {})).status === 200
    case 'finish': {
      const failure = action.result === 'failed' ? { code: 'failed', message: 'It failed.' } : null
      return (await job(JOB_FINISH_PATH, { result: action.result, failure })).status === 204
    }
    case 'write': {
      const step = await job(JOB_STEP_PATH, { step: 0, name: 'Setup', status: 'running' })
      const lines = [{ timestamp: '2030-01-01T00:00:00Z', line: 'a line\n' }]
      const log = await job(JOB_LOG_PATH, { step: 0, offset: 0, lines })
      return step.status === 204 && log.status === 200
    }
  }
}

/** To a statement it is the same whether its clock is set forward or all times that it reads are set back. */
export async function setClock({ database }: World, seconds: number): Promise<void> {
  await database.db.query(
    /* sql */ `
    update deployments
       set created_at = created_at - step, modified_at = modified_at - step, ready_at = ready_at - step,
           claimed_at = claimed_at - step, started_at = started_at - step, ended_at = ended_at - step,
           lease_until = lease_until - step
      from make_interval(secs => $1) step`,
    [seconds],
  )
}

async function ask(world: World, organization: Organization, path: string): Promise<void> {
  const token = organization === 'acme' ? world.tokens.admin : world.tokens.stranger
  const answer = await world.call('POST', path, { token })
  if (answer.status !== 200) throw new Error(`POST ${path} answered ${answer.status}`)
}

function stackOf({ stacks }: Stage, at: number): Stage['stacks'][number] {
  const stack = stacks[at % stacks.length]
  if (stack === undefined) throw new Error('A stage has stacks.')
  return stack
}

function poolOf({ pools }: Stage, at: number): World['sharedPool'] {
  const pool = pools[at]
  if (pool === undefined) throw new Error(`There is no pool ${at}.`)
  return pool
}
