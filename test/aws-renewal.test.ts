/**
 * The AWS SDK for JavaScript, and boto3, as programs that run for eight hours, with sessions of a quarter of an hour from
 * the strict local AWS: a tenth of the exchanges fails, and the clocks of server and cloud are off. The clock is moved, all
 * else is real.
 */
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { ROLE, startWorld } from '../local-clouds/src/aws/world-for-tests.ts'
import { openRelayedBroker } from '../runner/harness/relayed-broker.ts'
import { awsCredentialRoutes, awsCredentialVariables } from '../runner/src/job/broker/aws-credentials.ts'
import { assumeAwsRole } from '../runner/src/job/exchange/aws.ts'
import { keepSession } from '../runner/src/job/exchange/kept-session.ts'
import { startBoto3 } from './harness/boto3.ts'
import { seeded } from './harness/random.ts'

const SEED = 20261129
const SESSION_SECONDS = 900
const STATIC = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE']

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  for (const name of STATIC) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

/** @param skewSeconds How far the clocks of server and cloud are before this machine's, where runner and program are. */
async function start(skewSeconds: number) {
  const world = await startWorld()
  world.wait(skewSeconds)
  let elapsed = 0
  const sleepers: { readonly until: number; readonly wake: () => void }[] = []
  const random = seeded(SEED)
  const counted = { exchanges: 0, failed: 0, tokens: new Set<string>() }
  const exchange = () =>
    assumeAwsRole({
      mint: async () => {
        const token = await world.issuer.token({ jti: String(counted.tokens.size) })
        counted.tokens.add(token)
        return {
          kind: 'ok',
          value: { token, subject: '', audience: 'acme', lifetimeSeconds: 300, expiresAt: '' },
        }
      },
      fetch: async (url, init) => {
        counted.exchanges += 1
        if (random() >= 0.1) return fetch(url, init)
        counted.failed += 1
        return new Response('busy', { status: 503 })
      },
      pause: async () => undefined,
      say: () => undefined,
      hide: () => undefined,
      interrupt: new AbortController().signal,
      identity: { issuerUrl: world.issuer.url },
      aws: { roleArn: ROLE, sessionName: 'web-dev', durationSeconds: SESSION_SECONDS, policyArns: [] },
      names: {
        organization: 'acme',
        project: 'web',
        stack: 'dev',
        operation: 'update',
        deploymentVersion: 1,
        deploymentId: '1',
      },
      region: undefined,
      stsUrl: world.aws.url,
    })
  const first = await exchange()
  if (!first.ok) throw new Error(first.failure.message)
  let running: ReturnType<typeof exchange> | undefined
  const session = keepSession({
    first: first.granted,
    firstFrom: 0,
    exchange: () => {
      running = exchange()
      return running
    },
    clock: () => elapsed,
    sleep: (milliseconds) =>
      new Promise((resolve) => sleepers.push({ until: elapsed + milliseconds, wake: resolve })),
    over: new AbortController().signal,
  })
  const broker = await openRelayedBroker({
    routes: awsCredentialRoutes(
      () => session,
      () => new Date(),
    ),
    randomBytes,
    report: (sentence) => {
      throw new Error(sentence)
    },
  })
  onTestFinished(async () => {
    session.close()
    await broker.close()
  })
  const variables = awsCredentialVariables(broker)
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  return {
    world,
    counted,
    variables,
    /** An exchange that begins meanwhile is over then: the clock does not jump while it is on its way. */
    async pass(seconds: number): Promise<void> {
      elapsed += seconds * 1000
      vi.setSystemTime(Date.now() + seconds * 1000)
      for (const due of sleepers.filter(({ until }) => until <= elapsed)) {
        sleepers.splice(sleepers.indexOf(due), 1)
        due.wake()
      }
      await setImmediate()
      await running
      await setImmediate()
    },
  }
}

/** A minute between runner and cloud, and ten minutes between runner and server. */
const OFF = [60, -60, -600]

function expectRenewed({ counted }: Awaited<ReturnType<typeof start>>): void {
  expect(counted.failed).toBeGreaterThan(2)
  expect(counted.exchanges - counted.failed).toBeGreaterThan(50)
  expect(counted.tokens.size).toBe(counted.exchanges)
}

test.each(OFF)(
  'eight hours, server and cloud %i s off, a tenth of the exchanges fails: the SDK is never refused',
  async (skewSeconds) => {
    const started = await start(skewSeconds)
    // One that lives as long as the program, and finds its credentials by itself.
    const program = started.world.program()
    for (let minute = 0; minute < 8 * 60; minute += 1) {
      await started.pass(60)
      expect(await program()).toContain('/web-dev')
    }
    expectRenewed(started)
  },
  60_000,
)

test.for([60, -600])(
  'eight hours of boto3, server and cloud %i s off, a tenth of the exchanges fails: it is never refused',
  async (skewSeconds, { skip }) => {
    const started = await start(skewSeconds)
    const env = { ...started.variables, AWS_ENDPOINT_URL_STS: started.world.aws.url }
    const program = await startBoto3(env, new Date())
    if ('missing' in program) return skip(true, program.missing)
    onTestFinished(program.stop)
    for (let minute = 0; minute < 8 * 60; minute += 2) {
      await started.pass(120)
      expect(await program.whoAmI(new Date())).toMatch(/^arn:aws:sts::\d+:assumed-role\/.*\/web-dev$/)
    }
    expectRenewed(started)
  },
)

test('without renewal the same program is refused', async () => {
  const { world, pass } = await start(0)
  const kept = await world.assume({ DurationSeconds: SESSION_SECONDS })
  const program = world.program({
    accessKeyId: kept.Credentials?.AccessKeyId ?? '',
    secretAccessKey: kept.Credentials?.SecretAccessKey ?? '',
    sessionToken: kept.Credentials?.SessionToken ?? '',
  })
  await pass(901)
  await expect(program()).rejects.toThrow(/expired/i)
})

test('and so is boto3', async ({ skip }) => {
  const { world, pass } = await start(0)
  const kept = await world.assume({ DurationSeconds: SESSION_SECONDS })
  const env = {
    AWS_ACCESS_KEY_ID: kept.Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: kept.Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: kept.Credentials?.SessionToken ?? '',
    AWS_ENDPOINT_URL_STS: world.aws.url,
  }
  const program = await startBoto3(env, new Date())
  if ('missing' in program) return skip(true, program.missing)
  onTestFinished(program.stop)
  expect(await program.whoAmI(new Date())).toContain('/daypass-1')
  await pass(901)
  expect(await program.whoAmI(new Date())).toMatch(/^ClientError .*expired/i)
})
