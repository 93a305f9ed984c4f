/** Policies, providers and tokens that are wrong by one character. */
import { subject } from '../deployment.ts'
import { type Mutation, misspelt } from '../mutant.ts'
import { type AwsArranged, arnOf, ask, first } from './arranged.ts'

/** Misspelt by a character somewhere: mostly wrong, sometimes malformed, and right where a wildcard reads over it. */
export const MISSPELT: readonly Mutation<AwsArranged>[] = [
  {
    how: 'a misspelt principal',
    clause: 'principal',
    chance: ['policy'],
    apply: (a, random) => {
      first(a).Principal = { Federated: misspelt(arnOf(a.accountId, a.key), random) }
    },
  },
  {
    how: 'a misspelt action',
    clause: 'action',
    chance: ['policy'],
    apply: (a, random) => {
      first(a).Action = misspelt('sts:AssumeRoleWithWebIdentity', random)
    },
  },
  {
    how: 'a misspelt operator',
    clause: 'policy',
    chance: ['condition'],
    apply: (a, random) => ask(a, 'sub', misspelt('StringLike', random), subject(a.names)),
  },
  {
    how: 'a misspelt subject',
    clause: 'condition',
    chance: [],
    apply: (a, random) =>
      ask(a, 'sub', random.pick(['StringEquals', 'StringLike']), misspelt(subject(a.names), random)),
  },
  {
    how: 'a misspelt pattern',
    clause: 'condition',
    chance: [],
    apply: (a, random) =>
      ask(a, 'sub', 'StringLike', misspelt(subject(a.names).replace(/:stack:.*$/, ':*'), random)),
  },
  {
    how: 'a misspelt audience',
    clause: 'condition',
    chance: [],
    apply: (a, random) => ask(a, 'aud', 'StringEquals', misspelt(a.names.organization, random)),
  },
  {
    how: 'a misspelt key',
    clause: 'condition',
    chance: ['policy'],
    apply: (a, random) => {
      const condition = first(a).Condition ?? {}
      condition['StringEqualsIgnoreCase'] = { [misspelt(`${a.key}:sub`, random)]: subject(a.names) }
    },
  },
  {
    how: 'a misspelt audience of the provider',
    clause: 'provider',
    chance: [],
    apply: (a, random) => {
      if (a.provider) a.provider.audiences = [misspelt(a.names.organization, random)]
    },
  },
  {
    how: 'a token with a misspelt subject',
    clause: 'condition',
    chance: [],
    apply: (a, random) => {
      a.token.claims['sub'] = misspelt(subject(a.names), random)
    },
  },
]
