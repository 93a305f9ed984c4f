/** What may happen in the middle of a `pulumi up`: each fault as what a proxy does at one request, and after it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../server/src/db/database.ts'
import { type DurablePostgres, killBackend, untilItAnswers } from './durable-postgres.ts'
import { type Answer, DROPPED, type Outcome, type PassedRequest } from './faulty-proxy.ts'
import type { RunningPulumi } from './pulumi.ts'

/** `shared`: the run's own, which nobody may kill. `outside`: by DATABASE_URL. `own`: the server's. */
export type PostgresKind = 'shared' | 'outside' | 'own'

export interface FaultScene {
  readonly random: () => number
  readonly cli: () => RunningPulumi
  readonly database: Database
  /** Only with PostgreSQL outside. */
  readonly postgres: DurablePostgres | undefined
  readonly cancelUpdate: () => Promise<void>
  readonly killServer: () => Promise<void>
  readonly startServer: () => Promise<void>
  /** Ends the server by ending its own PostgreSQL, and checks what it says. */
  readonly loseOwnPostgres: () => Promise<void>
  /** How long what is away stays away. */
  readonly outageMs: number
  /** From now on something is away, until `restore` has brought it back. */
  readonly away: (restore: () => Promise<void>, until?: 'the CLI gave up') => void
  /** For a request that is not where it belongs. */
  readonly held: PassedRequest[]
}

export interface FaultRow {
  readonly name: string
  readonly postgres: PostgresKind
  /** Whether the CLI's repeats carry an `up` through it, when it strikes a request that the CLI repeats. */
  readonly isCarried: boolean
  readonly strike: (scene: FaultScene, struck: PassedRequest) => Promise<Outcome>
  readonly later?: (scene: FaultScene, next: PassedRequest) => Promise<Outcome>
}

const ACCEPTED: Answer = { status: 204, headers: {}, body: Buffer.alloc(0) }

const CLI: readonly FaultRow[] = [
  {
    name: 'the CLI is killed before a request is served',
    postgres: 'shared',
    isCarried: false,
    async strike({ cli }, { pass }) {
      cli().kill()
      return pass()
    },
  },
  {
    name: 'the CLI is killed after a request was served',
    postgres: 'shared',
    isCarried: false,
    async strike({ cli }, { pass }) {
      const answer = await pass()
      cli().kill()
      return answer
    },
  },
  {
    name: 'the CLI is interrupted',
    postgres: 'shared',
    isCarried: false,
    async strike({ cli }, { pass }) {
      cli().interrupt()
      return pass()
    },
  },
  {
    name: 'the lease runs out, and its client writes late',
    postgres: 'shared',
    isCarried: false,
    async strike({ database }, { pass }) {
      await database.query("update updates set lease_until = now() where status = 'running'")
      return pass()
    },
  },
  {
    name: 'somebody cancels the update',
    postgres: 'shared',
    isCarried: false,
    async strike({ cancelUpdate }, { pass }) {
      await cancelUpdate()
      return pass()
    },
  },
]

const SERVER: readonly FaultRow[] = [
  {
    name: 'the server is killed before a request is served',
    postgres: 'shared',
    isCarried: true,
    async strike(scene) {
      await scene.killServer()
      await scene.startServer()
      return DROPPED
    },
  },
  {
    name: 'the server is killed before its answer is sent',
    postgres: 'shared',
    isCarried: true,
    async strike(scene, { pass }) {
      await pass()
      await scene.killServer()
      await scene.startServer()
      return DROPPED
    },
  },
  {
    name: 'the server is killed while it serves a request, and stays away',
    postgres: 'shared',
    isCarried: true,
    async strike(scene, { pass }) {
      const served = pass().catch(() => {})
      await sleep(scene.random() * SERVING_MS)
      await scene.killServer()
      await served
      scene.away(scene.startServer)
      return DROPPED
    },
  },
]

const NETWORK: readonly FaultRow[] = [
  {
    name: 'a connection breaks before a request is served',
    postgres: 'shared',
    isCarried: true,
    strike: async () => DROPPED,
  },
  {
    name: 'a connection breaks after the server has committed',
    postgres: 'shared',
    isCarried: true,
    async strike(_, { pass }) {
      await pass()
      return DROPPED
    },
  },
  {
    name: 'a request arrives twice, one after the other',
    postgres: 'shared',
    isCarried: true,
    async strike(_, { pass }) {
      await pass()
      return pass()
    },
  },
  {
    name: 'a request arrives twice at once',
    postgres: 'shared',
    isCarried: true,
    strike: async (_, { pass }) => (await Promise.all([pass(), pass()]))[1],
  },
  {
    // The client sends one after the other, so only a proxy that answers by itself makes this.
    name: 'a request arrives after the one that followed it',
    postgres: 'shared',
    isCarried: true,
    async strike({ held }, struck) {
      if (!struck.path.endsWith('/journalentries')) return struck.pass()
      held.push(struck)
      return ACCEPTED
    },
    async later({ held }, next) {
      if (next.path.endsWith('/complete')) await deliver(held)
      const answer = await next.pass()
      if (next.path.endsWith('/journalentries')) await deliver(held)
      return answer
    },
  },
  {
    name: 'a request that the client has repeated arrives once more, after a later one',
    postgres: 'shared',
    isCarried: true,
    async strike({ held }, struck) {
      if (struck.path.endsWith('/journalentries')) held.push(struck)
      return DROPPED
    },
    async later({ held }, next) {
      const answer = await next.pass()
      const isAnother = held.some(({ path, body }) => path === next.path && !body.equals(next.body))
      if (isAnother) await deliver(held)
      return answer
    },
  },
]

const POSTGRES: readonly FaultRow[] = [
  {
    name: 'PostgreSQL is killed before a request is served',
    postgres: 'outside',
    isCarried: true,
    async strike(scene, { pass }) {
      await killPostgres(scene)
      return pass()
    },
  },
  {
    name: 'PostgreSQL is killed while a request is served',
    postgres: 'outside',
    isCarried: true,
    async strike(scene, { pass }) {
      const served = pass()
      await sleep(scene.random() * SERVING_MS)
      await killPostgres(scene)
      return served
    },
  },
  {
    name: 'PostgreSQL is killed after it has committed, before the answer is sent',
    postgres: 'outside',
    isCarried: true,
    async strike(scene, { pass }) {
      await pass()
      await killPostgres(scene)
      return DROPPED
    },
  },
  {
    name: 'PostgreSQL is killed, and is away for longer than the CLI tries',
    postgres: 'outside',
    isCarried: false,
    async strike(scene, { pass }) {
      await killPostgres(scene, 'the CLI gave up')
      return pass()
    },
  },
  {
    name: 'a process of PostgreSQL is killed while a request is served',
    postgres: 'outside',
    isCarried: true,
    strike: loseBackend,
  },
  {
    name: 'a process of the server’s own PostgreSQL is killed while a request is served',
    postgres: 'own',
    isCarried: true,
    strike: loseBackend,
  },
  {
    name: 'the server’s own PostgreSQL is killed while a request is served, and the server ends',
    postgres: 'own',
    isCarried: true,
    async strike(scene, { pass }) {
      const served = pass().catch(() => {})
      await sleep(scene.random() * SERVING_MS)
      await scene.loseOwnPostgres()
      await served
      scene.away(scene.startServer)
      return DROPPED
    },
  },
]

export const FAULTS: readonly FaultRow[] = [...CLI, ...SERVER, ...NETWORK, ...POSTGRES]

/** About as long as the server needs to append to a journal. */
const SERVING_MS = 8

async function loseBackend(scene: FaultScene, { pass }: PassedRequest): Promise<Outcome> {
  const served = pass()
  await sleep(scene.random() * SERVING_MS)
  await killBackend(scene.database, scene.random)
  // PostgreSQL ends all the others and recovers by itself.
  scene.away(() => untilItAnswers(scene.database))
  return served
}

async function killPostgres({ postgres, away }: FaultScene, until?: 'the CLI gave up'): Promise<void> {
  if (postgres === undefined) throw new Error('This fault needs a PostgreSQL outside.')
  await postgres.kill()
  away(postgres.start, until)
}

/** Whatever the server makes of them. @returns Its answers. */
export async function deliver(held: PassedRequest[]): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const late of held.splice(0)) answers.push(await late.pass())
  return answers
}
