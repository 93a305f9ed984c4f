/**
 * Recognizes the server's answers. The same shapes as `contract/job-protocol`, which the test beside this file holds
 * them to; written out, because the library that the contract is written with costs an idle runner a quarter of its
 * memory. Unknown fields pass: a newer server may say more.
 */
import type { GitPollAnswer } from '@daypass/contract/git-polls.ts'
import type {
  BeatAnswer,
  CancellationAnswer,
  Claim,
  IdTokenAnswer,
  LogAppendAnswer,
  SourceCredential,
} from '@daypass/contract/job-protocol.ts'

export type Shape<T> = (value: unknown) => value is T
type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const flag: Check = (value) => typeof value === 'boolean'
const number: Check = (value) => Number.isFinite(value)
const integer: Check = (value) => Number.isInteger(value)
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string)
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value))
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]))

const lease = object({ leaseSeconds: number, beatSeconds: number, giveUpSeconds: number })

const gitAuth = either(
  object({ kind: oneOf('token'), token: text }),
  object({ kind: oneOf('basic'), username: text, password: text }),
  object({ kind: oneOf('ssh'), privateKey: text, passphrase: orNull(text) }),
)

const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const aws = object({
  roleArn: text,
  sessionName: text,
  durationSeconds: orNull(integer),
  policyArns: list(text),
  chain: orAbsent(list(object({ roleArn: text, externalId: orNull(text) }))),
})

const azure = object({ clientId: text, tenantId: text, subscriptionId: orNull(text) })

const google = object({
  projectNumber: text,
  workloadPoolId: text,
  providerId: text,
  serviceAccount: text,
  region: orNull(text),
  tokenLifetimeSeconds: orNull(integer),
})

const exchanges = { aws: orNull(aws), azure: orNull(azure), google: orNull(google) }

const job = object({
  deploymentId: text,
  version: integer,
  organization: text,
  project: text,
  stack: text,
  operation: oneOf('preview', 'update', 'refresh', 'destroy', 'detect-drift', 'remediate-drift'),
  backendUrl: text,
  consoleUrl: text,
  stackToken: text,
  timeoutSeconds: integer,
  source: orNull(
    object({
      repoUrl: text,
      branch: orNull(text),
      commit: orNull(text),
      tag: orNull(text),
      template: flag,
      repoDir: text,
      auth: orNull(gitAuth),
      authFromHost: flag,
      commitBranch: orNull(text),
    }),
  ),
  pullRequestNumber: orNull(integer),
  templateStack: orAbsent(text),
  preRunCommands: list(text),
  environment: list(object({ name: text, value: text, secret: flag })),
  skipInstallDependencies: flag,
  shell: text,
  executorImage: orNull(
    object({ reference: text, credentials: orNull(object({ username: text, password: text })) }),
  ),
  cache: orNull(object({ scope: text, generation: integer, mayWrite: flag })),
  identity: orNull(
    object({
      issuerUrl: text,
      subject: text,
      audience: orNull(text),
      withheld: flag,
      renew: flag,
      audiences: list(text),
      ...exchanges,
      named: list(object({ name: text, ...exchanges })),
      configJson: orNull(text),
    }),
  ),
})

const beatAnswer = object({ lease, cancelRequested: flag })
const claim = object({ jobToken: text, lease, job })
const cancellationAnswer = object({ cancelRequested: flag })
const sourceCredential = object({ auth: orNull(gitAuth) })
const logAppendAnswer = object({ nextOffset: integer })
const idTokenAnswer = object({
  token: text,
  subject: text,
  audience: text,
  lifetimeSeconds: integer,
  expiresAt: text,
})

const gitPollAnswer = object({
  poll: orNull(
    object({
      leaseId: text,
      leaseSeconds: integer,
      repository: text,
      repositoryUrl: text,
      auth: orNull(gitAuth),
      watched: list(object({ branch: text, commit: orNull(text) })),
      first: flag,
    }),
  ),
  nextSeconds: number,
})

export const isGitPollAnswer: Shape<GitPollAnswer> = (value): value is GitPollAnswer => gitPollAnswer(value)
export const isClaim: Shape<Claim> = (value): value is Claim => claim(value)
export const isBeatAnswer: Shape<BeatAnswer> = (value): value is BeatAnswer => beatAnswer(value)
export const isCancellationAnswer: Shape<CancellationAnswer> = (value): value is CancellationAnswer =>
  cancellationAnswer(value)
export const isSourceCredential: Shape<SourceCredential> = (value): value is SourceCredential =>
  sourceCredential(value)
export const isLogAppendAnswer: Shape<LogAppendAnswer> = (value): value is LogAppendAnswer =>
  logAppendAnswer(value)
export const isIdTokenAnswer: Shape<IdTokenAnswer> = (value): value is IdTokenAnswer => idTokenAnswer(value)
