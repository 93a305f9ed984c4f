/** The form of the `oidc` block, and what must be there once it is merged. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { parseAwsSessionDuration, parseGoDuration } from '@daypass/trust/aws/duration.ts'
import { LONGEST_CHAINED_SESSION_SECONDS } from '@daypass/trust/aws/role-chain.ts'
import { checkSessionNameTemplate } from '@daypass/trust/aws/session-name.ts'
import { type Fields, list, object, type ReadField, reading, readObject, text, texts } from './fields.ts'
import type { Oidc } from './settings.ts'

const MOST_SESSION_POLICIES = 10
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):policy\/[!-~]{1,512}$/

/** A zero duration is how Go writes one that nobody set. */
function goDuration(problem: (duration: string) => string | undefined): ReadField {
  return (value, path, blank) => {
    const duration = text({ longest: 64 })(value, path, blank)
    if (typeof duration !== 'string') return duration
    const parsed = parseGoDuration(duration)
    if (parsed.ok && parsed.seconds === 0) return blank
    return text({ longest: 64, problem })(value, path, blank)
  }
}

function awsDurationProblem(duration: string): string | undefined {
  const parsed = parseAwsSessionDuration(duration)
  return parsed.ok ? undefined : `is refused: ${parsed.refusal.sentence}`
}

/** What Google's libraries and its IAM take together: 10 minutes to 12 hours. */
const SHORTEST_GOOGLE_TOKEN_SECONDS = 600
const LONGEST_GOOGLE_TOKEN_SECONDS = 43_200

function googleLifetimeProblem(duration: string): string | undefined {
  const parsed = parseGoDuration(duration)
  if (!parsed.ok) return `is refused: ${parsed.refusal.sentence}`
  return parsed.seconds < SHORTEST_GOOGLE_TOKEN_SECONDS || parsed.seconds > LONGEST_GOOGLE_TOKEN_SECONDS
    ? 'must be from 10m0s to 12h0m0s: Google gives no other access tokens of a service account.'
    : undefined
}

/** Parts of the name that Google is asked with; anything else would be another name. */
function nameProblem(name: string): string | undefined {
  return /^[A-Za-z0-9_.:@-]+$/.test(name)
    ? undefined
    : 'must have no spaces, slashes or other special characters.'
}

function sessionNameProblem(template: string): string | undefined {
  const refusal = checkSessionNameTemplate(template)
  return refusal === undefined ? undefined : `is refused: ${refusal.sentence}`
}

const awsFields = {
  roleArn: text({
    longest: 2048,
    problem: (arn) =>
      parseRoleArn(arn) === undefined
        ? 'must be the ARN of an IAM role, such as arn:aws:iam::123456789012:role/deploy.'
        : undefined,
  }),
  sessionName: text({ longest: 500, problem: sessionNameProblem }),
  duration: goDuration(awsDurationProblem),
  policyArns: texts({
    longest: 2048,
    most: MOST_SESSION_POLICIES,
    problem: (arn) =>
      POLICY_ARN.test(arn)
        ? undefined
        : 'must be the ARN of an IAM policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess.',
  }),
}

export const oidcFields: Fields = {
  aws: object(awsFields),
  azure: object({
    clientId: text({ longest: 255, problem: nameProblem }),
    tenantId: text({ longest: 255, problem: nameProblem }),
    subscriptionId: text({ longest: 255, problem: nameProblem }),
  }),
  gcp: object({
    projectId: text({ longest: 255, problem: nameProblem }),
    region: text({ longest: 255, problem: nameProblem }),
    workloadPoolId: text({ longest: 255, problem: nameProblem }),
    providerId: text({ longest: 255, problem: nameProblem }),
    serviceAccount: text({ longest: 255, problem: nameProblem }),
    tokenLifetime: goDuration(googleLifetimeProblem),
  }),
}

/** Blocks are kept whole or not at all; Pulumi's settings keep half of Azure's, and a cloud is asked with all of it. */
const NEEDED = {
  aws: ['roleArn', 'sessionName'],
  azure: ['clientId', 'tenantId'],
  gcp: ['projectId', 'workloadPoolId', 'providerId', 'serviceAccount'],
} as const

/** @returns The path of the first that is not there. */
export function missingOidcField(
  oidc: { readonly [Cloud in keyof typeof NEEDED]?: object | undefined },
  path: string,
  clouds: readonly (keyof typeof NEEDED)[],
): string | undefined {
  for (const cloud of clouds) {
    const block = oidc[cloud]
    const field = block && NEEDED[cloud].find((name) => !(name in block))
    if (field !== undefined) return `${path}.${cloud}.${field}`
  }
  return undefined
}

const MOST_ROLES_IN_CHAIN = 5

/** What the identity of a stack may say and Pulumi's settings may not. */
const identityFields: Fields = {
  ...oidcFields,
  aws: object({
    ...awsFields,
    chain: list(
      object({
        roleArn: awsFields.roleArn,
        externalId: text({
          longest: 1224,
          problem: (id) =>
            /^[\w+=,.@:/-]{2,}$/.test(id)
              ? undefined
              : 'must have 2 to 1224 letters, digits and characters of +=,.@:/-_.',
        }),
      }),
      MOST_ROLES_IN_CHAIN,
    ),
  }),
}

/** What AWS would refuse of a chain for certain. */
function chainProblem({ aws }: Oidc, path: string): string | undefined {
  const { chain = [], duration, roleArn = '' } = aws ?? {}
  if (chain.length === 0) return undefined
  const partition = parseRoleArn(roleArn)?.partition
  const abroad = chain.findIndex((link) => parseRoleArn(link.roleArn)?.partition !== partition)
  if (abroad >= 0)
    return `${path}.aws.chain[${abroad}].roleArn must be of the partition ${partition}, as the first role is: AWS's partitions know nothing of each other.`
  const seconds = duration === undefined ? undefined : parseAwsSessionDuration(duration)
  if (seconds?.ok && seconds.seconds > LONGEST_CHAINED_SESSION_SECONDS)
    return `${path}.aws.duration must be 1h0m0s at most: AWS gives a role that another role assumed no longer session. It is renewed while the deployment runs.`
  return undefined
}

/** A block that stands by itself: nothing is merged into it. */
export function readOidc(value: unknown, path: string): Oidc | Refusal {
  const read = reading(() => readObject(value, path, identityFields, undefined))
  if (!read.ok) return read.refusal
  const oidc = read.value as Oidc
  const unchained = chainProblem(oidc, path)
  if (unchained !== undefined) return { status: 400, reason: 'invalid_field', message: unchained }
  const missing = missingOidcField(oidc, path, ['aws', 'azure', 'gcp'])
  return missing === undefined
    ? oidc
    : { status: 400, reason: 'missing_field', message: `${missing} is missing.` }
}
