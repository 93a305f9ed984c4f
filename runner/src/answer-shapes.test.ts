import {
  BeatAnswer,
  CancellationAnswer,
  Claim,
  IdTokenAnswer,
  LogAppendAnswer,
} from '@daypass/contract/job-protocol.ts'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { JOB_TOKEN, jobSpec, LEASE } from '../harness/fake-plane.ts'
import {
  isBeatAnswer,
  isCancellationAnswer,
  isClaim,
  isIdTokenAnswer,
  isLogAppendAnswer,
} from './answer-shapes.ts'

const full = jobSpec({
  environment: [{ name: 'A', value: 'b', secret: true }],
  preRunCommands: ['true'],
  pullRequestNumber: 7,
  executorImage: { reference: 'image', credentials: { username: 'u', password: 'p' } },
  cache: { scope: 's', generation: 1, mayWrite: true },
  identity: {
    issuerUrl: 'https://i.example',
    subject: 's',
    audience: 'a',
    withheld: false,
    renew: true,
    audiences: ['b'],
    aws: { roleArn: 'arn', sessionName: 's', durationSeconds: 900, policyArns: ['p'] },
    azure: { clientId: 'c', tenantId: 't', subscriptionId: 's' },
    google: {
      projectNumber: '1',
      workloadPoolId: 'w',
      providerId: 'p',
      serviceAccount: 's@p',
      region: 'europe-west1',
      tokenLifetimeSeconds: 600,
    },
    named: [{ name: 'n', aws: null, azure: null, google: null }],
    configJson: '{}',
  },
})
const auths = [
  null,
  { kind: 'token', token: 't' },
  { kind: 'basic', username: 'u', password: 'p' },
  { kind: 'ssh', privateKey: 'k', passphrase: null },
  { kind: 'ssh', privateKey: 'k', passphrase: 'p' },
] as const

const examples: [name: string, schema: TSchema, shape: (value: unknown) => boolean, value: unknown][] = [
  ...auths.map((auth): (typeof examples)[number] => [
    `claim with ${auth?.kind}`,
    Claim,
    isClaim,
    { jobToken: JOB_TOKEN, lease: LEASE, job: { ...full, source: { ...full.source, auth } } },
  ]),
  ['beat', BeatAnswer, isBeatAnswer, { lease: LEASE, cancelRequested: false }],
  ['cancellation', CancellationAnswer, isCancellationAnswer, { cancelRequested: true }],
  ['log', LogAppendAnswer, isLogAppendAnswer, { nextOffset: 3 }],
  [
    'id token',
    IdTokenAnswer,
    isIdTokenAnswer,
    { token: 't', subject: 's', audience: 'a', lifetimeSeconds: 300, expiresAt: '2030-01-01T00:00:00Z' },
  ],
]

/** Every value that differs from this one in one place: a field left out, or put to something else. */
function* variations(value: unknown): Generator<unknown> {
  for (const other of [undefined, null, '', 'x', 0, 1.5, Number.NaN, true, [], {}, [1], { kind: 'x' }])
    yield other
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const changed of variations(item)) yield value.with(index, changed)
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, field] of Object.entries(value)) {
      const { [name]: _, ...without } = value as Record<string, unknown>
      yield without
      for (const changed of variations(field)) yield { ...value, [name]: changed }
    }
    yield { ...value, somethingNewer: 1 }
  }
}

test.each(examples)('%s: taken and refused exactly as the contract says', (_, schema, shape, value) => {
  expect(shape(value)).toBe(true)
  let refused = 0
  for (const variation of variations(value)) {
    const wanted = Value.Check(schema, variation)
    expect(shape(variation), JSON.stringify(variation)).toBe(wanted)
    if (!wanted) refused += 1
  }
  expect(refused).toBeGreaterThan(5)
})
