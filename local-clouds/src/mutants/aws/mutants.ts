/** The ways in which people and attackers bend an arrangement of AWS: its policy, its provider, its token. */
import { subject, tokenMutations } from '../deployment.ts'
import type { Mutation } from '../mutant.ts'
import { type AwsArranged, ask } from './arranged.ts'
import { AUDIENCES, KEYS, SUBJECTS } from './conditions.ts'
import { HARMLESS } from './harmless.ts'
import { MISSPELT } from './misspelt.ts'
import { ACTIONS, DENIALS, MALFORMED, PRINCIPALS } from './whom.ts'

const PROVIDERS: readonly Mutation<AwsArranged>[] = [
  {
    how: 'a provider without the audience',
    clause: 'provider',
    code: /^audience_not_registered$/,
    apply: (a) => {
      if (a.provider) a.provider.audiences = ['other', 'sts.amazonaws.com']
    },
  },
  {
    how: 'a provider with the audience in capitals',
    clause: 'provider',
    code: /^audience_case_provider$/,
    apply: (a) => {
      if (a.provider) a.provider.audiences = [a.names.organization.toUpperCase()]
    },
  },
  {
    how: 'a provider with a slash too many',
    clause: 'provider',
    code: /^provider_url_trailing_slash$/,
    apply: (a) => {
      if (a.provider) a.provider.url += '/'
    },
  },
  {
    how: 'a provider of another path',
    clause: 'provider',
    code: /^provider_url_path$/,
    apply: (a) => {
      if (a.provider) a.provider.url = a.provider.url.replace('/oidc', '')
    },
  },
]

/** What only AWS itself can know. */
const ELSEWHERE: readonly Mutation<AwsArranged>[] = [
  {
    how: 'no provider',
    clause: 'provider',
    code: /^provider_missing$/,
    apply: (a) => {
      a.provider = undefined
    },
  },
  {
    how: 'no role',
    clause: 'role',
    code: /^role_missing$/,
    apply: (a) => {
      a.role = false
    },
  },
]

const TOKENS: readonly Mutation<AwsArranged>[] = [
  {
    how: 'a token of another operation',
    clause: 'condition',
    code: /^subject_operation_differs$/,
    apply: (a, random) => {
      ask(a, 'sub', 'StringEquals', subject(a.names))
      const operation = random.pick(
        ['preview', 'destroy', 'detect-drift'].filter((one) => one !== a.names.operation),
      )
      a.token.claims['sub'] = subject({ ...a.names, operation })
    },
  },
  {
    how: 'a token for another audience',
    clause: 'provider',
    code: /^audience_not_registered$/,
    apply: (a) => {
      a.token.claims['aud'] = 'https://other.example.com'
    },
  },
  {
    how: 'a token by an authorized party that is not registered',
    clause: 'provider',
    code: /^audience_not_registered$/,
    apply: (a) => {
      a.token.claims['azp'] = 'somebody'
    },
  },
]

/** @param now The clock of issuer and cloud. */
export function awsMutations(now: () => Date): readonly Mutation<AwsArranged>[] {
  const broken = [
    ...PRINCIPALS,
    ...ACTIONS,
    ...AUDIENCES,
    ...SUBJECTS,
    ...KEYS,
    ...DENIALS,
    ...MALFORMED,
    ...PROVIDERS,
    ...ELSEWHERE,
    ...TOKENS,
    ...MISSPELT,
  ]
  return [...broken, ...HARMLESS, ...tokenMutations<AwsArranged>(now, { unknownKey: 'provider' })]
}
