/** The unmodified Pulumi CLI in the middle of `up` when PostgreSQL dies, as durable as in earnest. */
import { afterEach, expect, test } from 'vitest'
import { type FaultSystem, startFaultSystem } from './harness/fault-system.ts'
import { endure, faultNamed } from './harness/state-faults.ts'

const RESOURCES = 12

let system: FaultSystem
afterEach(() => system.stop())

test('with an outside PostgreSQL the server stays, and goes on when that is back', async () => {
  system = await startFaultSystem(RESOURCES, 'outside')
  const killed = faultNamed('PostgreSQL is killed after it has committed, before the answer is sent')
  expect(await endure(system, killed, { count: 3 })).toEqual({ struck: true, succeeded: true })
  const lost = faultNamed('a process of PostgreSQL is killed while a request is served')
  expect(await endure(system, lost, { count: 2 })).toEqual({ struck: true, succeeded: true })
  const gone = faultNamed('PostgreSQL is killed, and is away for longer than the CLI tries')
  expect(await endure(system, gone, { count: 4 })).toEqual({ struck: true, succeeded: false })
})

test('when its own PostgreSQL is killed the server ends, and started again it goes on', async () => {
  system = await startFaultSystem(RESOURCES, 'own')
  const killed = faultNamed(
    'the server’s own PostgreSQL is killed while a request is served, and the server ends',
  )
  expect(await endure(system, killed, { count: 3 })).toEqual({ struck: true, succeeded: true })
})
