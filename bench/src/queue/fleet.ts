/** The runners of an installation, as the benchmark asks for them. */
import { fileURLToPath } from 'node:url'
import { startChild } from '../child.ts'

export interface FleetOrder {
  readonly baseUrl: string
  readonly poolToken: string
  readonly runners: number
  /** How many deployments all of them claim together. */
  readonly claims: number
}

export interface ClaimedAt {
  readonly stack: string
  readonly id: string
  /** When the runner held the claim: milliseconds of the machine's monotonic clock. */
  readonly at: number
}

export interface FleetReport {
  /** In the order of the claims. */
  readonly claimed: readonly ClaimedAt[]
}

export interface Fleet {
  /** Resolves when the runners ask for work. */
  readonly send: (order: FleetOrder) => Promise<{ readonly done: Promise<FleetReport> }>
  readonly stop: () => Promise<void>
}

export function startFleet(): Fleet {
  const child = startChild([process.execPath, fileURLToPath(new URL('fleet-process.ts', import.meta.url))])
  return {
    send: async (order) => {
      // By stdin, because arguments can be read by everybody, and the order holds a token.
      child.process.stdin?.write(`${JSON.stringify(order)}\n`)
      await child.nextLine()
      return { done: child.nextLine().then((line) => JSON.parse(line) as FleetReport) }
    },
    stop: child.stop,
  }
}

/** Of the machine's monotonic clock, which all processes share. */
export function nowMilliseconds(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
