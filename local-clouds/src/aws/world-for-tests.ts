/** An issuer, a local AWS that trusts it, a clock that a test holds, and the real AWS SDK pointed at it. */
import { randomBytes } from 'node:crypto'
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  type AssumeRoleWithWebIdentityCommandOutput,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts'
import { AWS_EXPLANATIONS } from '@daypass/trust/aws/explanation.ts'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { onTestFinished } from 'vitest'
import { SUBJECT, startTestIssuer, type TestIssuer } from '../issuer/issuer-for-tests.ts'
import { readLocalAwsConfig } from './config.ts'
import { type LocalAws, startLocalAws } from './local-aws.ts'

export const ACCOUNT = '123456789012'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/deploy`

export interface World {
  readonly issuer: TestIssuer
  readonly aws: LocalAws
  readonly log: string[]
  /** Moves the clock of issuer and AWS. */
  readonly wait: (seconds: number) => void
  readonly assume: (
    changes?: Partial<AssumeRoleWithWebIdentityCommandInput>,
  ) => Promise<AssumeRoleWithWebIdentityCommandOutput>
  readonly sts: (config?: STSClientConfig) => STSClient
  /** A program that asks who it is, as often as it is told to; without credentials, its SDK finds some by itself. */
  readonly program: (credentials?: STSClientConfig['credentials']) => () => Promise<string | undefined>
}

export interface Refusal {
  readonly name: string
  readonly status: number
  readonly message: string
  /** Of the explanation in the header. */
  readonly code: string | undefined
}

interface WorldOptions {
  readonly audiences?: readonly string[]
  /** Changes the role's trust policy from the right one. */
  readonly trustPolicy?: (issuer: TestIssuer) => object
  readonly maxSessionDurationSeconds?: number
  readonly withProvider?: boolean
  /** Permissions policies of the role. */
  readonly policies?: readonly object[]
  readonly moreRoles?: readonly object[]
  readonly moreAccounts?: readonly object[]
  readonly fetch?: typeof globalThis.fetch
}

export function trustPolicyOf(issuer: TestIssuer, conditions: object = { sub: SUBJECT }): object {
  const key = issuer.url.replace('http://', '')
  const strings = Object.fromEntries(
    Object.entries({ aud: 'acme', ...conditions }).map(([claim, value]) => [`${key}:${claim}`, value]),
  )
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${key}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: strings },
    },
  }
}

/** All of it ends with the test. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  let offset = 0
  const now = () => new Date(Date.now() + offset)
  const log: string[] = []
  const issuer = await startTestIssuer(now)
  onTestFinished(() => issuer.close())
  const config = readLocalAwsConfig({
    accounts: [
      {
        id: ACCOUNT,
        oidcProviders:
          options.withProvider === false
            ? []
            : [{ url: issuer.url, audiences: options.audiences ?? ['acme'] }],
        roles: [
          {
            arn: ROLE,
            trustPolicy: (options.trustPolicy ?? trustPolicyOf)(issuer),
            maxSessionDurationSeconds: options.maxSessionDurationSeconds ?? 3600,
            policies: options.policies ?? [],
          },
          ...(options.moreRoles ?? []),
        ],
      },
      ...(options.moreAccounts ?? []),
    ],
  })
  if (!config.ok) throw new Error(`${config.path}: ${config.sentence}`)
  const aws = await startLocalAws({
    config: config.config,
    now,
    fetch: options.fetch ?? globalThis.fetch,
    randomBytes,
    log: (line) => log.push(line),
  })
  onTestFinished(() => aws.close())
  const sts = (changes: STSClientConfig = {}) =>
    new STSClient({
      endpoint: aws.url,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unused' },
      ...changes,
    })
  return {
    issuer,
    aws,
    log,
    sts,
    program: (credentials) => {
      const client = new STSClient({
        endpoint: aws.url,
        region: 'us-east-1',
        maxAttempts: 1,
        ...(credentials && { credentials }),
      })
      return async () => (await client.send(new GetCallerIdentityCommand({}))).Arn
    },
    wait: (seconds) => {
      offset += seconds * 1000
    },
    assume: async (changes = {}) =>
      sts().send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: ROLE,
          RoleSessionName: 'daypass-1',
          WebIdentityToken: changes.WebIdentityToken ?? (await issuer.token()),
          ...changes,
        }),
      ),
  }
}

/** What the AWS SDK makes of a refusal. */
export async function refusalOf(request: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await request.then(
    () => new Error('It was not refused.'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw new Error('Something else than an error was thrown.')
  const { $metadata, $response } = error as Error & {
    $metadata?: { httpStatusCode?: number }
    $response?: { headers: Record<string, string> }
  }
  return {
    name: error.name,
    status: $metadata?.httpStatusCode ?? 0,
    message: error.message,
    code: readExplanationHeader($response?.headers[EXPLANATION_HEADER], AWS_EXPLANATIONS)?.code,
  }
}
