/** Trust policies of AWS that are right, in the styles in which people write them, and how a mutation reaches into them. */
import { anyNames, claimsOf, type Names, subject, type TokenSpec } from '../deployment.ts'
import type { Random } from '../random.ts'

export type Values = string | string[]
export type Condition = Record<string, Record<string, Values>>

export interface AwsStatement {
  Sid?: string
  Effect: string
  Principal: unknown
  Action?: Values
  NotAction?: Values
  Condition?: Condition
  [element: string]: unknown
}

export interface AwsArranged {
  names: Names
  token: TokenSpec
  accountId: string
  /** `host:port/oidc`. */
  key: string
  provider: { url: string; audiences: string[] } | undefined
  policy: { Version?: string; Statement: AwsStatement[] }
  /** Whether the role of the request exists. */
  role: boolean
}

/** @param issuerUrl Of the test's issuer. */
export function rightAws(issuerUrl: string): (random: Random, index: number) => AwsArranged {
  return (random, index) => {
    const names = anyNames(random)
    const key = issuerUrl.replace('http://', '')
    const accountId = String(100_000_000_000 + index)
    const statement: AwsStatement = {
      Effect: 'Allow',
      Principal: { Federated: arnOf(accountId, key) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: random.pick(STYLES)(key, names),
    }
    return {
      names,
      token: { claims: claimsOf(names) },
      accountId,
      key,
      provider: { url: issuerUrl, audiences: [names.organization] },
      policy: { Version: '2012-10-17', Statement: [statement] },
      role: true,
    }
  }
}

export const arnOf = (accountId: string, key: string) => `arn:aws:iam::${accountId}:oidc-provider/${key}`

const STYLES: readonly ((key: string, names: Names) => Condition)[] = [
  (key, names) => ({ StringEquals: { [`${key}:aud`]: names.organization, [`${key}:sub`]: subject(names) } }),
  (key, names) => ({
    StringEquals: { [`${key}:aud`]: [names.organization] },
    StringLike: { [`${key}:sub`]: subject(names).replace(/:operation:.*$/, ':*') },
  }),
  (key, names) => ({
    StringEquals: {
      [`${key}:aud`]: names.organization,
      [`${key}:sub`]: [subject({ ...names, stack: 'staging' }), subject(names)],
    },
  }),
  (key, names) => ({
    StringEquals: { [`${key}:aud`]: names.organization },
    'ForAnyValue:StringLike': { [`${key}:sub`]: subject(names).replace(/:stack:[^:]*/, ':stack:*') },
  }),
]

export const first = ({ policy }: AwsArranged): AwsStatement => {
  const [statement] = policy.Statement
  if (!statement) throw new Error('There is no statement.')
  return statement
}

/** Replaces whatever the first statement asks of this claim. */
export function ask({ key, policy }: AwsArranged, claim: string, operator: string, values: Values): void {
  const [statement] = policy.Statement
  const condition = statement?.Condition ?? {}
  for (const block of Object.values(condition)) delete block[`${key}:${claim}`]
  for (const [name, block] of Object.entries(condition))
    if (Object.keys(block).length === 0) delete condition[name]
  condition[operator] = { ...condition[operator], [`${key}:${claim}`]: values }
}
