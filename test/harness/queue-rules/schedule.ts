/** A schedule: rounds of actions, the rules checked after each, and in the end everything that is left is done. */
import type { Database } from '../../../server/src/db/database.ts'
import { READY_CHANNEL, TIMEOUT_GRACE_SECONDS } from '../../../server/src/deployments/deployment.ts'
import { createReaper, SWEEP_SECONDS } from '../../../server/src/deployments/reaper.ts'
import { createQueue, type Queue } from '../queue.ts'
import { type Action, ORGANIZATIONS, type Outcome, perform, STACKS, type Stage } from './actions.ts'
import { isOver, type Picture, takePicture } from './picture.ts'
import { RULES } from './rules.ts'

export interface Theatre {
  readonly queue: Queue
  /** @returns What was done, by its name. @throws with all rules that were broken, at the first step that broke one. */
  run(schedule: Schedule): Promise<Counts>
  close(): Promise<void>
}

export interface Schedule {
  /** How many may run at a time in an organization. */
  readonly limit: number
  /** What stands in one round happens at the same time. */
  readonly rounds: readonly (readonly Action[])[]
}

export type Counts = Readonly<Record<string, number>>

const MARK_CHANNEL = 'queue_rules_mark'
/** A reaper that sweeps later than this was away itself. */
const AWAY_SECONDS = 2 * SWEEP_SECONDS
const LONG_ENOUGH_SECONDS = 60

export async function openTheatre(): Promise<Theatre> {
  const queue = await createQueue()
  const { world } = queue
  const { db } = world.database
  const stacks = Array.from({ length: STACKS }, (_, at) => {
    const organization = at < 3 ? ('acme' as const) : ('other' as const)
    return { name: `rules-${at}`, organization }
  })
  const ownPool = await world.addPool('own')
  const listener = await world.database.listen()
  const woken = new Set<string>()
  let heardMark = 0
  listener.subscribe(READY_CHANNEL, (poolId) => woken.add(poolId))
  listener.subscribe(MARK_CHANNEL, (mark) => {
    heardMark = Number(mark)
  })
  let mark = 0
  async function look(): Promise<{ picture: Picture; woken: ReadonlySet<string> }> {
    mark += 1
    const picture = await takePicture(world, {
      graceSeconds: TIMEOUT_GRACE_SECONDS,
      markChannel: MARK_CHANNEL,
      mark,
    })
    // Notifications come in the order of the commits: what was sent before the mark has come when it comes.
    while (heardMark < mark) await new Promise((resolve) => setImmediate(resolve))
    const taken = new Set(woken)
    woken.clear()
    return { picture, woken: taken }
  }

  async function openStage(limit: number): Promise<Stage & { close(): void }> {
    await queue.clear()
    await db.query('update organizations set concurrency_limit = $1', [limit])
    const serverClock = { ms: Date.now() }
    const reaper = createReaper({
      db,
      listener: { subscribe: () => () => {}, onReconnect: () => () => {}, close: async () => {} },
      ending: world.ending,
      sweepsPerExpiry: 1,
      now: () => new Date(serverClock.ms),
      log: {
        warn: () => {},
        error: (details) => {
          throw new Error('The sweep failed.', { cause: details })
        },
      },
    })
    const made: Stage['stacks'][number][] = []
    for (const { name, organization } of stacks) {
      const id = await world.addStack(name, organization)
      made.push({ id, name, organization })
      await saveSettings(db, id)
    }
    return {
      queue,
      stacks: made,
      pools: [world.sharedPool, ownPool],
      reaper,
      requests: [],
      claims: [],
      serverClock,
      close: reaper.close,
    }
  }

  async function run({ limit, rounds }: Schedule): Promise<Counts> {
    const stage = await openStage(limit)
    const counts: Record<string, number> = { schedules: 1 }
    let { picture: before } = await look()
    let sweptAt: number | undefined
    const step = async (actions: readonly Action[]): Promise<readonly Outcome[]> => {
      const sweeps = actions.some((action) => action.do === 'sweep')
      if (sweeps) stage.serverClock.ms += SWEEP_SECONDS * 1000
      const outcomes = await performAll(stage, actions)
      const now = stage.serverClock.ms
      const wasAway = sweptAt === undefined || Math.abs(now - sweptAt) > AWAY_SECONDS * 1000
      if (sweeps) sweptAt = now
      const { picture: after, woken: heard } = await look()
      const moves = after.moves.slice(before.moves.length)
      const requests = stage.requests.map(({ id }) => id)
      check({ before, after, outcomes, moves, requests, woken: heard, wasAway })
      count(counts, outcomes)
      before = after
      return outcomes
    }
    try {
      for (const round of rounds) await step(round)
      await drain(stage, step, () => before)
      await queue.checkGuarantees()
      counts['deployments'] = stage.requests.length
      return counts
    } finally {
      stage.close()
    }
  }

  return { queue, run, close: () => queue.close() }
}

/** At the same time, but for the clocks, which are set before, and the sweep, of which there is one at a time. */
async function performAll(stage: Stage, actions: readonly Action[]): Promise<readonly Outcome[]> {
  const clocks = actions.filter((action) => action.do === 'clock')
  const sweep = actions.filter((action) => action.do === 'sweep').slice(0, 1)
  const others = actions.filter((action) => action.do !== 'clock' && action.do !== 'sweep')
  const outcomes: Outcome[] = []
  for (const clock of clocks) outcomes.push(await perform(stage, clock))
  return [...outcomes, ...(await Promise.all([...others, ...sweep].map((action) => perform(stage, action))))]
}

/** Nothing is paused any more and runners do what there is: all that was asked for comes to an end. */
async function drain(
  stage: Stage,
  step: (actions: readonly Action[]) => Promise<readonly Outcome[]>,
  now: () => Picture,
): Promise<void> {
  for (const [organization] of ORGANIZATIONS.entries()) await step([{ do: 'resume-all', organization }])
  for (const [stack] of stage.stacks.entries()) await step([{ do: 'resume', stack }])
  await step([{ do: 'sweep' }])
  await step([{ do: 'sweep' }])
  await step([{ do: 'clock', seconds: LONG_ENOUGH_SECONDS, server: false }])
  await step([{ do: 'sweep' }])
  for (
    let emptyPools = 0, pool = 0;
    emptyPools < stage.pools.length;
    pool = (pool + 1) % stage.pools.length
  ) {
    const [claimed] = await step([{ do: 'claim', pool }])
    emptyPools = claimed?.heard === true ? 0 : emptyPools + 1
    if (claimed?.heard !== true) continue
    await step([{ do: 'start', claim: 0 }])
    await step([{ do: 'finish', claim: 0, result: 'succeeded' }])
  }
  const left = [...now().deployments.values()].filter((one) => !isOver(one))
  if (left.length > 0) throw new Error(`Never ended: ${JSON.stringify(left)}`)
}

function check(step: Parameters<(typeof RULES)[number]['broken']>[0]): void {
  const isAlone = step.outcomes.length === 1
  const broken = RULES.filter((rule) => isAlone || !rule.alone).flatMap((rule) =>
    [...rule.broken(step)].map((how) => `${rule.says}: ${how}`),
  )
  if (broken.length > 0) {
    throw new Error(
      `${broken.join('\n')}\nafter ${JSON.stringify(step.outcomes.map(({ action }) => action))}`,
    )
  }
}

function count(counts: Record<string, number>, outcomes: readonly Outcome[]): void {
  for (const { action, heard } of outcomes) {
    const name = heard === false ? `${action.do} (refused)` : action.do
    counts[name] = (counts[name] ?? 0) + 1
  }
}

/** Only a stack with saved settings can be paused. */
async function saveSettings(db: Database, stackId: string): Promise<void> {
  await db.query("insert into deployment_settings (stack_id, settings) values ($1, '{}')", [stackId])
}
