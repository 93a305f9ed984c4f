/** Federated credentials of Azure that are right, and the ways in which they are written wrongly. */
import {
  anyNames,
  claimsOf,
  type Names,
  subject,
  type TokenSpec,
  tokenMutations,
  WRONG_SUBJECTS,
} from '../deployment.ts'
import { type Mutation, misspelt } from '../mutant.ts'
import type { Random } from '../random.ts'

export interface AzureCredential {
  name?: string
  issuer?: string
  subject?: string
  audiences?: string[]
  [field: string]: unknown
}

export interface AzureArranged {
  names: Names
  token: TokenSpec
  clientId: string
  /** Whether there is such a tenant, and in it such an application. */
  tenant: boolean
  application: boolean
  credentials: AzureCredential[]
}

export function rightAzure(issuerUrl: string): (random: Random, index: number) => AzureArranged {
  return (random, index) => {
    const names = anyNames(random)
    const right = {
      name: 'right',
      issuer: issuerUrl,
      subject: subject(names),
      audiences: [names.organization],
    }
    const github = {
      name: 'github',
      issuer: 'https://token.actions.githubusercontent.com',
      subject: 'repo:acme/shop:ref:refs/heads/main',
      audiences: ['api://AzureADTokenExchange'],
    }
    return {
      names,
      token: { claims: claimsOf(names) },
      clientId: `22222222-2222-4222-8222-${String(index).padStart(12, '0')}`,
      tenant: true,
      application: true,
      credentials: random.pick([[right], [right, github], [github, right]]),
    }
  }
}

function right({ credentials }: AzureArranged): AzureCredential {
  const found = credentials.find(({ name }) => name === 'right')
  if (!found) throw new Error('The right one is gone.')
  return found
}

const issuer = (how: string, code: RegExp, write: (url: string) => string): Mutation<AzureArranged> => ({
  how: `an issuer with ${how}`,
  clause: 'issuer',
  code,
  apply: (a) => {
    right(a).issuer = write(right(a).issuer ?? '')
  },
})

const ISSUERS = [
  issuer('a slash too many', /^issuer_trailing_slash$/, (url) => `${url}/`),
  issuer('another scheme', /^issuer_scheme$/, (url) => url.replace('http:', 'https:')),
  issuer('another path', /^issuer_path$/, (url) => url.replace('/oidc', '')),
  issuer('another port', /^issuer_port$/, (url) => url.replace(/:[0-9]+/, '')),
  issuer('other capitals', /^issuer_case$/, (url) => url.replace('oidc', 'Oidc')),
  issuer(
    'the discovery document',
    /^issuer_discovery_suffix$/,
    (url) => `${url}/.well-known/openid-configuration`,
  ),
]

const written = (
  how: string,
  code: RegExp,
  write: (names: Names, random: Random) => string,
): Mutation<AzureArranged> => ({
  how: `a subject with ${how}`,
  clause: 'subject',
  code,
  apply: (a, random) => {
    right(a).subject = write(a.names, random)
  },
})

const SUBJECTS = [
  ...WRONG_SUBJECTS.map(({ how, code, write }) => written(how, code, write)),
  written('a wildcard', /^subject_wildcard$/, (names) => subject(names).replace(/:stack:.*$/, ':*')),
  written(
    'an environment',
    /^subject_of_environment$/,
    ({ organization, stack }) => `pulumi:environments:org:${organization}:env:${stack}`,
  ),
]

const audience = (
  how: string,
  code: RegExp,
  write: (organization: string) => string,
): Mutation<AzureArranged> => ({
  how: `an audience ${how}`,
  clause: 'audience',
  code,
  apply: (a) => {
    right(a).audiences = [write(a.names.organization)]
  },
})

const AUDIENCES = [
  audience('in capitals', /^audience_case$/, (organization) => organization.toUpperCase()),
  audience('of Azure’s own', /^audience_default$/, () => 'api://AzureADTokenExchange'),
  audience('of an environment', /^audience_esc_prefix$/, (organization) => `azure:${organization}`),
  audience('of somebody else', /^audience_differs$/, () => 'https://vault.example.com'),
]

const malformed = (how: string, apply: (a: AzureArranged) => void): Mutation<AzureArranged> => ({
  how,
  clause: 'malformed',
  apply,
})

/** Azure does not save these. */
const MALFORMED = [
  malformed('a twenty-first credential', (a) => {
    const others = Array.from({ length: 20 }, (_, at) => ({ ...right(a), name: `n${at}`, subject: `s${at}` }))
    a.credentials = [right(a), ...others]
  }),
  malformed('a name twice', (a) => {
    a.credentials.push({ ...right(a), subject: 'other' })
  }),
  malformed('issuer and subject twice', (a) => {
    a.credentials.push({ ...right(a), name: 'again' })
  }),
  malformed('a blank at the end', (a) => {
    right(a).subject += ' '
  }),
  malformed('no audience', (a) => {
    right(a).audiences = []
  }),
  malformed('a subject of 601 characters', (a) => {
    right(a).subject = 's'.repeat(601)
  }),
  malformed('a flexible credential', (a) => {
    right(a)['claimsMatchingExpression'] = { value: "claims['sub'] matches '*'", languageVersion: 1 }
  }),
]

/** What only Entra itself can know, and what the token brings. */
const OTHERS: readonly Mutation<AzureArranged>[] = [
  {
    how: 'no credential',
    clause: 'credential',
    code: /^no_credentials$/,
    apply: (a) => {
      a.credentials = []
    },
  },
  {
    how: 'no application',
    clause: 'application',
    code: /^application_missing$/,
    apply: (a) => {
      a.application = false
    },
  },
  {
    how: 'no tenant',
    clause: 'tenant',
    code: /^tenant_missing$/,
    apply: (a) => {
      a.tenant = false
    },
  },
  {
    how: 'a token of another stack',
    clause: 'subject',
    code: /^subject_stack_differs$/,
    apply: (a) => {
      a.token.claims['sub'] = subject({ ...a.names, stack: 'elsewhere' })
    },
  },
  {
    how: 'a token with its audience in a list',
    clause: 'audience',
    apply: (a) => {
      a.token.claims['aud'] = [a.names.organization]
    },
  },
]

const MISSPELT: readonly Mutation<AzureArranged>[] = [
  {
    how: 'a misspelt subject',
    clause: 'subject',
    chance: [],
    apply: (a, random) => {
      right(a).subject = misspelt(subject(a.names), random)
    },
  },
  {
    how: 'a misspelt audience',
    clause: 'audience',
    chance: [],
    apply: (a, random) => {
      right(a).audiences = [misspelt(a.names.organization, random)]
    },
  },
  {
    how: 'a misspelt path of the issuer',
    clause: 'issuer',
    chance: ['malformed'],
    apply: (a, random) => {
      const [, origin = '', path = ''] = /^(.*?\d)(\/.*)$/.exec(right(a).issuer ?? '') ?? []
      right(a).issuer = origin + misspelt(path, random)
    },
  },
  {
    how: 'a token with a misspelt subject',
    clause: 'subject',
    chance: [],
    apply: (a, random) => {
      a.token.claims['sub'] = misspelt(subject(a.names), random)
    },
  },
]

const fine = (how: string, apply: (a: AzureArranged) => void): Mutation<AzureArranged> => ({
  how,
  clause: undefined,
  apply,
})

const HARMLESS = [
  fine('nothing', () => {}),
  fine('credentials for other operations', (a) => {
    const operations = ['preview', 'destroy'].filter((operation) => operation !== a.names.operation)
    for (const operation of operations) {
      a.credentials.unshift({ ...right(a), name: operation, subject: subject({ ...a.names, operation }) })
    }
  }),
  fine('twenty credentials', (a) => {
    const others = Array.from({ length: 19 }, (_, at) => ({ ...right(a), name: `n${at}`, subject: `s${at}` }))
    a.credentials = [...others, right(a)]
  }),
  fine('the form of Azure Resource Manager', (a) => {
    const { name = '', ...properties } = right(a)
    a.credentials = [{ id: '/subscriptions/x', name, properties }]
  }),
  fine('fields that say nothing', (a) => {
    Object.assign(right(a), { id: '7', description: 'of the shop', claimsMatchingExpression: null })
  }),
]

/** @param now The clock of issuer and cloud. */
export function azureMutations(now: () => Date): readonly Mutation<AzureArranged>[] {
  const broken = [...ISSUERS, ...SUBJECTS, ...AUDIENCES, ...MALFORMED, ...OTHERS, ...MISSPELT]
  return [...broken, ...HARMLESS, ...tokenMutations<AzureArranged>(now, { unknownKey: 'token' })]
}
