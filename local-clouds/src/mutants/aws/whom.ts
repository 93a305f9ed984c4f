/** Policies that speak of others, of other actions, or against the deployment; and those that AWS does not save. */
import { subject } from '../deployment.ts'
import type { Mutation } from '../mutant.ts'
import { type AwsArranged, arnOf, ask, type Condition, first } from './arranged.ts'

const principal = (how: string, code: RegExp, write: (key: string) => string): Mutation<AwsArranged> => ({
  how: `the principal with ${how}`,
  clause: 'principal',
  code,
  apply: (arranged) => {
    first(arranged).Principal = { Federated: arnOf(arranged.accountId, write(arranged.key)) }
  },
})

const whoIs = (
  how: string,
  code: RegExp,
  write: (arranged: AwsArranged) => unknown,
): Mutation<AwsArranged> => ({
  how,
  clause: 'principal',
  code,
  apply: (arranged) => {
    first(arranged).Principal = write(arranged)
  },
})

export const PRINCIPALS: readonly Mutation<AwsArranged>[] = [
  principal('a slash too many', /^provider_arn_trailing_slash$/, (key) => `${key}/`),
  principal('a scheme', /^provider_arn_scheme$/, (key) => `http://${key}`),
  principal('another path', /^provider_arn_path$/, (key) => key.replace('/oidc', '')),
  principal('another port', /^provider_arn_port$/, (key) => key.replace(/:[0-9]+/, '')),
  principal('other capitals', /^provider_arn_case$/, (key) => key.replace('oidc', 'OIDC')),
  principal(
    'the discovery document',
    /^provider_arn_discovery_suffix$/,
    (key) => `${key}/.well-known/openid-configuration`,
  ),
  principal('another issuer', /^provider_arn_other_issuer$/, () => 'token.actions.githubusercontent.com'),
  whoIs('a provider of another account', /^provider_other_account$/, ({ key }) => ({
    Federated: arnOf('999999999999', key),
  })),
  whoIs('a provider of another partition', /^provider_other_partition$/, ({ accountId, key }) => ({
    Federated: arnOf(accountId, key).replace('arn:aws:', 'arn:aws-cn:'),
  })),
  whoIs('an account as principal', /^principal_not_federated$/, ({ accountId }) => ({ AWS: accountId })),
  whoIs('everybody as principal', /^principal_not_federated$/, () => '*'),
  whoIs('a service as principal', /^principal_not_federated$/, () => ({ Service: 'ec2.amazonaws.com' })),
  whoIs('a web identity of AWS’s own', /^principal_not_federated$/, () => ({
    Federated: 'cognito-identity.amazonaws.com',
  })),
]

export const ACTIONS: readonly Mutation<AwsArranged>[] = [
  {
    how: 'the action of users and roles',
    clause: 'action',
    code: /^action_assume_role$/,
    apply: (arranged) => {
      first(arranged).Action = 'sts:AssumeRole'
    },
  },
  {
    how: 'another action',
    clause: 'action',
    code: /^action_differs$/,
    apply: (arranged, random) => {
      first(arranged).Action = random.pick([
        'sts:TagSession',
        'sts:AssumeRoleWithSAML',
        'sts:Get*',
        'sts:AssumeRoleWith?',
      ])
    },
  },
  {
    how: 'all actions but this',
    clause: 'action',
    code: /^action_differs$/,
    apply: (arranged) => {
      const { Action: action, ...rest } = first(arranged)
      arranged.policy.Statement[0] = { ...rest, NotAction: action ?? [] }
    },
  },
]

const deny = (how: string, condition: (a: AwsArranged) => Condition | undefined): Mutation<AwsArranged> => ({
  how,
  clause: 'deny',
  apply: (a, random) => {
    const { Condition: _, ...same } = first(a)
    const asked = condition(a)
    const denial = { ...same, Effect: 'Deny', ...(asked && { Condition: asked }) }
    if (random.below(2) === 0) denial.Principal = '*'
    a.policy.Statement.splice(random.below(2), 0, denial)
  },
})

export const DENIALS: readonly Mutation<AwsArranged>[] = [
  deny('a Deny of all', () => undefined),
  deny('a Deny of the subject', ({ key, names }) => ({
    StringLike: { [`${key}:sub`]: `*:project:${names.project}:*` },
  })),
  deny('a Deny of all but another audience', ({ key }) => ({ StringNotEquals: { [`${key}:aud`]: 'other' } })),
  {
    how: 'a Deny where Allow was meant',
    clause: 'deny',
    apply: (a) => {
      first(a).Effect = 'Deny'
    },
  },
]

const unreadable = (how: string, apply: (a: AwsArranged) => void): Mutation<AwsArranged> => ({
  how,
  clause: 'policy',
  apply,
})

/** AWS answers MalformedPolicyDocument when one wants to save it. */
export const MALFORMED: readonly Mutation<AwsArranged>[] = [
  unreadable('an Effect in small letters', (a) => {
    first(a).Effect = 'allow'
  }),
  unreadable('an operator that there is not', (a) => ask(a, 'sub', 'StringEqual', subject(a.names))),
  unreadable('a Resource', (a) => {
    first(a)['Resource'] = '*'
  }),
  unreadable('no Principal', (a) => {
    first(a).Principal = undefined
  }),
  unreadable('an action of another service', (a) => {
    first(a).Action = 'iam:PassRole'
  }),
  unreadable('a version that there is not', (a) => {
    a.policy.Version = '2012-10-18'
  }),
  unreadable('no statement', (a) => {
    a.policy.Statement = []
  }),
]
