/** The deployment of a mutant: whose token it is, subjects that nearly are its own, and tokens that are spoilt. */
import { OPERATIONS } from '@daypass/trust/subject.ts'
import type { TestIssuer } from '../issuer/issuer-for-tests.ts'
import type { Mutation } from './mutant.ts'
import type { Random } from './random.ts'

export interface Names {
  organization: string
  project: string
  stack: string
  operation: string
}

export interface TokenSpec {
  claims: Record<string, unknown>
  spoilt?: 'altered' | 'unsigned' | 'unknown key'
}

/** What every cloud's mutants have. */
export interface WithToken {
  names: Names
  token: TokenSpec
}

const ORGANIZATIONS = ['acme', 'acme-labs', 'acm', 'initech']
const PROJECTS = ['shop', 'shop-2', 'Shop', 'web.site', 's']
const STACKS = ['dev', 'dev2', 'prod', 'Dev_1', 'eu.west']

export function anyNames(random: Random): Names {
  return {
    organization: random.pick(ORGANIZATIONS),
    project: random.pick(PROJECTS),
    stack: random.pick(STACKS),
    operation: random.pick(OPERATIONS),
  }
}

export function subject({ organization, project, stack, operation }: Names): string {
  return `pulumi:deploy:org:${organization}:project:${project}:stack:${stack}:operation:${operation}:scope:write`
}

export function claimsOf(names: Names): Record<string, unknown> {
  const { organization, project, stack, operation } = names
  return {
    sub: subject(names),
    aud: organization,
    org: organization,
    project,
    stack,
    stackId: `${organization}/${project}/${stack}`,
    operation,
    deployment: '7',
    scope: 'write',
  }
}

/** A way to write a subject wrongly, and what its code must say. */
export interface WrongSubject {
  readonly how: string
  readonly code: RegExp
  readonly write: (names: Names, random: Random) => string
}

const other = <Item>(random: Random, items: readonly Item[], than: Item): Item =>
  random.pick(items.filter((item) => item !== than))

export const WRONG_SUBJECTS: readonly WrongSubject[] = [
  {
    how: 'another organization',
    code: /subject_organization_differs$/,
    write: (names, random) =>
      subject({
        ...names,
        organization: other(random, [...ORGANIZATIONS, `${names.organization}-2`], names.organization),
      }),
  },
  {
    how: 'another project',
    code: /subject_project_differs$/,
    write: (names) => subject({ ...names, project: `${names.project}-x` }),
  },
  {
    how: 'another stack',
    code: /subject_stack_differs$/,
    write: (names, random) =>
      subject({ ...names, stack: random.pick([`${names.stack}2`, `x${names.stack}`, 'qa']) }),
  },
  {
    how: 'another operation',
    code: /subject_operation_differs$/,
    write: (names, random) => subject({ ...names, operation: other(random, OPERATIONS, names.operation) }),
  },
  {
    how: 'an operation that there is not',
    code: /subject_operation_word$/,
    write: (names, random) =>
      subject({ ...names, operation: random.pick(['up', 'plan', 'deploy', 'Update', 'down']) }),
  },
  {
    how: 'other capitals',
    code: /subject_case$/,
    write: (names) => subject({ ...names, organization: names.organization.toUpperCase() }),
  },
  {
    how: 'no scope',
    code: /subject_scope_missing$/,
    write: (names) => subject(names).replace(':scope:write', ''),
  },
  {
    how: 'an end too early',
    code: /subject_incomplete$/,
    write: (names) => subject(names).replace(/:operation:.*$/, ''),
  },
  {
    how: 'the subject of another issuer',
    code: /subject_differs$/,
    write: (names) => `repo:${names.organization}/${names.project}:ref:refs/heads/main`,
  },
]

/** @param clauses What each cloud can say of it: not every one tells a bad signature from an unknown key. */
export function tokenMutations<Arranged extends WithToken>(
  now: () => Date,
  clauses: { readonly unknownKey: string },
): readonly Mutation<Arranged>[] {
  const seconds = () => Math.floor(now().getTime() / 1000)
  const claims = (change: () => Record<string, unknown>) => (arranged: Arranged) => {
    Object.assign(arranged.token.claims, change())
  }
  const spoil = (spoilt: TokenSpec['spoilt'] & string) => (arranged: Arranged) => {
    arranged.token.spoilt = spoilt
  }
  const clause = 'token'
  return [
    {
      how: 'a token that expired',
      clause,
      apply: claims(() => ({ iat: seconds() - 7200, nbf: seconds() - 7200, exp: seconds() - 3600 })),
    },
    {
      how: 'a token of tomorrow',
      clause,
      apply: claims(() => ({ iat: seconds() + 86_000, nbf: seconds() + 86_000, exp: seconds() + 87_000 })),
    },
    { how: 'a token that was altered', clause, apply: spoil('altered') },
    { how: 'a token without a signature', clause, apply: spoil('unsigned') },
    { how: 'a key that nobody knows', clause: clauses.unknownKey, apply: spoil('unknown key') },
  ]
}

export async function writeToken(issuer: TestIssuer, { claims, spoilt }: TokenSpec): Promise<string> {
  const token = await issuer.token(claims, spoilt === 'unknown key' ? { kid: 'key-of-nobody' } : {})
  const [header = '', payload = '', signature = ''] = token.split('.')
  if (spoilt === 'altered') {
    const text = Buffer.from(payload, 'base64url').toString().replace('"jti":"one"', '"jti":"two"')
    return [header, Buffer.from(text).toString('base64url'), signature].join('.')
  }
  if (spoilt === 'unsigned') {
    const unsigned = Buffer.from('{"alg":"none","kid":"key-1"}').toString('base64url')
    return [unsigned, payload, ''].join('.')
  }
  return token
}
