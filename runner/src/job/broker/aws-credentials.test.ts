import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { openRelayedBroker } from '../../../harness/relayed-broker.ts'
import type { AwsCredentials } from '../exchange/aws.ts'
import type { KeptSession } from '../exchange/kept-session.ts'
import { failure } from '../failure.ts'
import { awsCredentialRoutes, awsCredentialVariables } from './aws-credentials.ts'

const NOW = new Date('2030-01-01T00:00:00.500Z')
const GRANTED: KeptSession<AwsCredentials> = {
  current: async () => ({
    ok: true,
    granted: {
      // The cloud's clock is of another year: nobody looks at it.
      credentials: {
        accessKeyId: 'ASIA',
        secretAccessKey: 's',
        sessionToken: 't',
        expiresAt: new Date(0),
        sessionSeconds: 900,
      },
      secondsLeft: 600,
    },
  }),
  close: () => undefined,
}

async function open(session: KeptSession<AwsCredentials> | undefined) {
  const broker = await openRelayedBroker({
    routes: awsCredentialRoutes(
      () => session,
      () => NOW,
    ),
    randomBytes,
    report: (sentence) => {
      throw new Error(sentence)
    },
  })
  onTestFinished(() => broker.close())
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url = '', AWS_CONTAINER_AUTHORIZATION_TOKEN: token = '' } =
    awsCredentialVariables(broker)
  return async (authorization: string = token) => {
    const response = await fetch(url, { headers: { authorization } })
    return { status: response.status, body: await response.json() }
  }
}

test('credentials in the shape of AWS’s containers, their end by the clock of this machine', async () => {
  const ask = await open(GRANTED)
  expect(await ask()).toEqual({
    status: 200,
    body: { AccessKeyId: 'ASIA', SecretAccessKey: 's', Token: 't', Expiration: '2030-01-01T00:10:00Z' },
  })
})

test('nobody without the token of this job gets any', async () => {
  const ask = await open(GRANTED)
  for (const given of ['', 'dpr-', `Bearer dpr-${'0'.repeat(40)}`])
    expect((await ask(given)).status).toBe(401)
})

test('more at once than a job may ask for tokens: providers begin together', async () => {
  const ask = await open(GRANTED)
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask()))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200))
})

test('what the cloud says reaches the program; without a session there is nothing', async () => {
  const sentence = 'AWS refused.'
  const ask = await open({
    ...GRANTED,
    current: async () => ({ ok: false, failure: failure('aws_refused', sentence) }),
  })
  expect(await ask()).toEqual({
    status: 403,
    body: { code: 403, message: sentence, Code: 'aws_refused', Message: sentence },
  })
  expect((await (await open(undefined))()).status).toBe(404)
})
