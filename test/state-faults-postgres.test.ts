/** The unmodified Pulumi CLI in the middle of `up` when PostgreSQL dies, as durable as in earnest. */
import { afterAll, expect, test } from 'vitest'
import { type FaultSystem, startFaultSystem } from './harness/fault-system.ts'
import type { PostgresKind } from './harness/fault-table.ts'
import { endure, faultNamed } from './harness/state-faults.ts'

const RESOURCES = 12

const systems: FaultSystem[] = []
afterAll(() => Promise.all(systems.map((system) => system.stop())))

async function start(kind: PostgresKind): Promise<FaultSystem> {
  const system = await startFaultSystem(RESOURCES, kind)
  systems.push(system)
  return system
}

// At once, for they mostly wait: for the CLI's next attempt, for PostgreSQL.
test.concurrent('with an outside PostgreSQL the server stays, and goes on when that is back', async () => {
  const system = await start('outside')
  const killed = faultNamed('PostgreSQL is killed after it has committed, before the answer is sent')
  expect(await endure(system, killed, { count: 3 })).toEqual({ struck: true, succeeded: true })
  const lost = faultNamed('a process of PostgreSQL is killed while a request is served')
  expect(await endure(system, lost, { count: 2 })).toEqual({ struck: true, succeeded: true })
})

test.concurrent('an outage longer than the CLI tries fails the update, and nothing more', async () => {
  const system = await start('outside')
  const gone = faultNamed('PostgreSQL is killed, and is away for longer than the CLI tries')
  expect(await endure(system, gone, { count: 4 })).toEqual({ struck: true, succeeded: false })
})

test.concurrent('when its own PostgreSQL is killed the server ends, and started again it goes on', async () => {
  const system = await start('own')
  const killed = faultNamed(
    'the server’s own PostgreSQL is killed while a request is served, and the server ends',
  )
  expect(await endure(system, killed, { count: 3 })).toEqual({ struck: true, succeeded: true })
})
