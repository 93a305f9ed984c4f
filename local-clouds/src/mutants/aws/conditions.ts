/** Conditions on the audience, the subject and other keys that this deployment does not meet. */
import { subject, WRONG_SUBJECTS } from '../deployment.ts'
import type { Mutation } from '../mutant.ts'
import { type AwsArranged, ask, first, type Values } from './arranged.ts'

export const AUDIENCES: readonly Mutation<AwsArranged>[] = [
  {
    how: 'an audience in capitals',
    clause: 'condition',
    code: /^audience_case_policy$/,
    apply: (a) => ask(a, 'aud', 'StringEquals', a.names.organization.toUpperCase()),
  },
  {
    how: 'the audience of an environment',
    clause: 'condition',
    code: /^audience_esc_prefix$/,
    apply: (a) => ask(a, 'aud', 'StringEquals', `aws:${a.names.organization}`),
  },
  {
    how: 'another audience',
    clause: 'condition',
    code: /^audience_differs$/,
    apply: (a, random) =>
      ask(a, 'aud', random.pick(['StringEquals', 'StringLike', 'ForAnyValue:StringEquals']), [
        'sts.amazonaws.com',
        'other',
      ]),
  },
  {
    how: 'an audience that is kept out',
    clause: 'condition',
    code: /^condition_excludes$/,
    apply: (a) => ask(a, 'aud', 'StringNotEquals', a.names.organization),
  },
]

export const SUBJECTS: readonly Mutation<AwsArranged>[] = [
  ...WRONG_SUBJECTS.map(
    ({ how, code, write }): Mutation<AwsArranged> => ({
      how: `a subject with ${how}`,
      clause: 'condition',
      code,
      apply: (a, random) => {
        const operator = random.pick([
          'StringEquals',
          'StringLike',
          'ForAnyValue:StringEquals',
          'ForAllValues:StringLike',
          'StringEqualsIfExists',
        ])
        ask(a, 'sub', operator, write(a.names, random))
      },
    }),
  ),
  {
    how: 'a wildcard where none is read',
    clause: 'condition',
    code: /^subject_wildcard_in_equals$/,
    apply: (a) => ask(a, 'sub', 'StringEquals', subject(a.names).replace(/:stack:.*$/, ':*')),
  },
  {
    how: 'a wildcard of another project',
    clause: 'condition',
    code: /^subject_project_differs$/,
    apply: (a) => ask(a, 'sub', 'StringLike', `pulumi:deploy:org:${a.names.organization}:project:billing:*`),
  },
  {
    how: 'a subject that is kept out',
    clause: 'condition',
    code: /^condition_excludes$/,
    apply: (a, random) => ask(a, 'sub', random.pick(['StringNotEquals', 'StringNotLike']), subject(a.names)),
  },
]

const more = (
  how: string,
  code: RegExp,
  operator: string,
  key: (a: AwsArranged) => string,
  values: Values,
): Mutation<AwsArranged> => ({
  how,
  clause: 'condition',
  code,
  fits: (a) => !first(a).Condition?.[operator],
  apply: (a) => {
    const condition = first(a).Condition ?? {}
    condition[operator] = { [key(a)]: values }
  },
})

export const KEYS: readonly Mutation<AwsArranged>[] = [
  more(
    'a key with a slash too many',
    /^condition_key_trailing_slash$/,
    'StringEqualsIgnoreCase',
    ({ key }) => `${key}/:sub`,
    'x',
  ),
  more(
    'a key of another issuer',
    /^condition_key_other_issuer$/,
    'StringEqualsIgnoreCase',
    () => 'token.actions.githubusercontent.com:sub',
    'x',
  ),
  more(
    'a key without its path',
    /^condition_key_path$/,
    'StringEqualsIgnoreCase',
    ({ key }) => `${key.replace('/oidc', '')}:aud`,
    'x',
  ),
  more(
    'a claim that AWS does not show',
    /^condition_key_claim_unknown$/,
    'StringEqualsIgnoreCase',
    ({ key }) => `${key}:operation`,
    'update',
  ),
  more(
    'a claim that the token has not',
    /^condition_key_absent$/,
    'StringEqualsIgnoreCase',
    ({ key }) => `${key}:amr`,
    'x',
  ),
  more(
    'a key that the request has not',
    /^condition_key_absent$/,
    'Bool',
    () => 'aws:MultiFactorAuthPresent',
    'true',
  ),
  more('a key that must be absent', /^condition_excludes$/, 'Null', ({ key }) => `${key}:sub`, 'true'),
  more(
    'another name of the session',
    /^condition_value_differs$/,
    'StringEqualsIgnoreCase',
    () => 'sts:RoleSessionName',
    'other',
  ),
  more(
    'a time that is over',
    /^condition_value_differs$/,
    'DateLessThan',
    () => 'aws:CurrentTime',
    '2020-01-01T00:00:00Z',
  ),
  more(
    'a number that a subject is not',
    /^condition_not_comparable$/,
    'NumericLessThan',
    ({ key }) => `${key}:sub`,
    '7',
  ),
  more('an address of elsewhere', /^condition_value_differs$/, 'IpAddress', () => 'aws:SourceIp', [
    '203.0.113.0/24',
    '2001:db8::/32',
  ]),
  more(
    'an address that is kept out',
    /^condition_excludes$/,
    'NotIpAddress',
    () => 'aws:SourceIp',
    '127.0.0.0/8',
  ),
]
