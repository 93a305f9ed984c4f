/** A `pulumi up` that something happens to, and what must hold after it: nothing acknowledged is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { FaultSystem } from './fault-system.ts'
import { deliver, FAULTS, type FaultRow, type FaultScene } from './fault-table.ts'
import type { Answer, PassedRequest } from './faulty-proxy.ts'
import type { RunningPulumi } from './pulumi.ts'

export interface Moment {
  /** At which request, from 1. */
  readonly count: number
  /** Of the journal's, or of all that the CLI sends while it changes the stack. The journal's by default. */
  readonly among?: 'journal' | 'all'
  /** How long what is away stays away; half a second by default. */
  readonly outageMs?: number
  /** Chooses whatever else is by chance; always the same by default. */
  readonly random?: () => number
}

export interface Endured {
  readonly struck: boolean
  readonly succeeded: boolean
}

/** The CLI sends a request of its journal so often, after 1, 2 and 4 seconds, before it gives up. */
const ATTEMPTS = 4
/** Requests of an update that the CLI sends again when there was no answer, or a 5xx. */
const REPEATED =
  /^PATCH .*\/journalentries$|^GET |^POST .*\/(?:events\/batch|complete|batch-encrypt|encrypt)$/

export function faultNamed(name: string): FaultRow {
  const row = FAULTS.find((one) => one.name === name)
  if (row === undefined) throw new Error(`There is no fault "${name}".`)
  return row
}

/** Runs `up` with a fault, then cancel, up and preview. */
export async function endure(system: FaultSystem, fault: FaultRow, moment: Moment): Promise<Endured> {
  const { proxy, user } = system
  const { count, among = 'journal', outageMs = 500, random = () => 0.5 } = moment
  const expected = await system.undisturbed()
  const stack = await system.makeStack()
  const held: PassedRequest[] = []
  let running: RunningPulumi | undefined
  let restored: Promise<void> | undefined
  let restoreAtLast: (() => Promise<void>) | undefined
  let attempts = 1

  const scene: FaultScene = {
    ...system,
    random,
    outageMs,
    held,
    cli: () => running as RunningPulumi,
    cancelUpdate: () => system.cancelUpdate(stack),
    away(restore, until) {
      if (until !== undefined) restoreAtLast = restore
      else restored = sleep(outageMs).then(restore)
    },
  }

  /** What is away may take long to come back on a busy machine: the CLI's last attempt waits for it. */
  async function passDuringOutage(next: PassedRequest): Promise<Answer> {
    if (next.path === proxy.struck()?.path && next.method === proxy.struck()?.method) attempts += 1
    if (attempts >= ATTEMPTS) await restored
    return next.pass()
  }

  proxy.plan({
    fits: (method, path) => among === 'all' || (method === 'PATCH' && path.endsWith('/journalentries')),
    count,
    strike: (struck) => fault.strike(scene, struck),
    later: (next) => (fault.later ? fault.later(scene, next) : passDuringOutage(next)),
  })
  running = user.start('up', '--yes', '--skip-preview', '--stack', stack)
  const outcome = await running.outcome
  await restored
  await restoreAtLast?.()
  const struck = proxy.struck()
  const acknowledged = urnsIn(proxy.acknowledged())
  proxy.plan(undefined)

  const what = `${fault.name}, at ${struck?.method} ${struck?.path}:\n${outcome.output}`
  const succeeded = outcome.code === 0
  const isRepeated = struck !== undefined && REPEATED.test(`${struck.method} ${struck.path}`)
  if (struck && (among === 'journal' || (fault.isCarried && isRepeated))) {
    expect(succeeded, what).toBe(fault.isCarried)
  }
  expect(outcome.output, what).not.toContain('panic:')
  const left = await system.urnsOf(stack)
  expect(new Set(left).size, what).toBe(left.length)
  expect(left, what).toEqual(expect.arrayContaining(acknowledged))

  const afterTheEnd = await deliver(held)
  for (const { status } of afterTheEnd) expect([403, 409], what).toContain(status)
  await user.run('cancel', '--yes', '--stack', stack)
  expect(await system.urnsOf(stack), 'neither a late request nor a cancel changes the state').toEqual(left)
  await user.ok('up', '--yes', '--skip-preview', '--stack', stack)
  await user.ok('preview', '--expect-no-changes', '--stack', stack)
  expect(await system.shapeOf(stack), what).toEqual(expected)
  expect((await system.database.query('select from journal_entries')).rowCount).toBe(0)
  return { struck: struck !== undefined, succeeded }
}

/** Of the resources whose making was acknowledged. The program deletes none. */
function urnsIn(requests: readonly PassedRequest[]): string[] {
  const entries: { kind: number; state?: { urn: string } }[] = requests
    .filter(({ path }) => path.endsWith('/journalentries'))
    .flatMap(({ body }) => JSON.parse(gunzipSync(body).toString()).entries)
  return entries.flatMap(({ kind, state }) => (kind === SUCCESS && state ? [state.urn] : []))
}

/** Of the kinds of journal entries. */
const SUCCESS = 1
