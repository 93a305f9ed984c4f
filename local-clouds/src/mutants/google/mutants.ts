/** Workload identity providers and IAM policies of Google Cloud that are right, and the ways in which they go wrong. */
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

export interface GoogleArranged {
  names: Names
  token: TokenSpec
  projectNumber: string
  /** As `gcloud … providers describe` prints it. */
  provider: {
    name: string
    disabled?: boolean
    oidc: { issuerUri: string; allowedAudiences: string[] }
    attributeMapping: Record<string, string>
    attributeCondition?: string
  }
  bindings: { role: string; members: string[]; condition?: object }[]
  email: string
  /** Whether they are there. */
  hasProvider: boolean
  hasAccount: boolean
}

const POOL_ID = 'daypass'
const USER = 'roles/iam.workloadIdentityUser'

const poolOf = (projectNumber: string, poolId = POOL_ID) =>
  `iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${poolId}`
const principal = (a: GoogleArranged, text: string) =>
  `principal://${poolOf(a.projectNumber)}/subject/${text}`
const principalSet = (a: GoogleArranged, rest: string) => `principalSet://${poolOf(a.projectNumber)}/${rest}`
const runOf = ({ organization, project, stack, operation }: Names) =>
  `${organization}/${project}/${stack}:${operation}`

export function rightGoogle(issuerUrl: string): (random: Random, index: number) => GoogleArranged {
  return (random, index) => {
    const names = anyNames(random)
    const projectNumber = String(1_000_000_000 + index)
    const arranged: GoogleArranged = {
      names,
      token: { claims: claimsOf(names) },
      projectNumber,
      provider: {
        name: `projects/${projectNumber}/locations/global/workloadIdentityPools/${POOL_ID}/providers/issuer`,
        oidc: { issuerUri: issuerUrl, allowedAudiences: [names.organization] },
        attributeMapping: {
          'google.subject': 'assertion.sub',
          'attribute.run': "assertion.stackId + ':' + assertion.operation",
          'attribute.stack': "assertion.sub.extract('stack:{name}:')",
        },
      },
      bindings: [],
      email: `shop-${projectNumber}@acme-prod.iam.gserviceaccount.com`,
      hasProvider: true,
      hasAccount: true,
    }
    random.pick(STYLES)(arranged)
    return arranged
  }
}

const STYLES: readonly ((a: GoogleArranged) => void)[] = [
  (a) => bind(a, principal(a, subject(a.names))),
  (a) => bind(a, principal(a, 'somebody:else'), principal(a, subject(a.names))),
  (a) => bind(a, principalSet(a, `attribute.run/${runOf(a.names)}`)),
  (a) => {
    bind(a, principalSet(a, '*'))
    a.provider.attributeCondition = `assertion.org == '${a.names.organization}' && assertion.stack in ['qa', '${a.names.stack}']`
  },
  (a) => {
    bind(a, principalSet(a, `attribute.stack/${a.names.stack}`))
    a.provider.attributeCondition = `google.subject.startsWith("pulumi:deploy:org:${a.names.organization}:project:${a.names.project}:")`
  },
]

function bind(a: GoogleArranged, ...members: string[]): void {
  a.bindings = [{ role: USER, members }]
}

const provider = (
  how: string,
  clause: string,
  code: RegExp,
  change: (provider: GoogleArranged['provider'], names: Names) => void,
): Mutation<GoogleArranged> => ({ how, clause, code, apply: (a) => change(a.provider, a.names) })

const issuer = (how: string, code: RegExp, write: (url: string) => string): Mutation<GoogleArranged> =>
  provider(`an issuer with ${how}`, 'issuer', code, ({ oidc }) => {
    oidc.issuerUri = write(oidc.issuerUri)
  })

const audience = (how: string, code: RegExp, write: (names: Names) => string[]): Mutation<GoogleArranged> =>
  provider(`an audience ${how}`, 'audience', code, ({ oidc }, names) => {
    oidc.allowedAudiences = write(names)
  })

const mapping = (
  how: string,
  code: RegExp,
  expression: string,
  key = 'google.subject',
): Mutation<GoogleArranged> =>
  provider(how, 'mapping', code, ({ attributeMapping }) => {
    attributeMapping[key] = expression
  })

const condition = (how: string, code: RegExp, write: (names: Names) => string): Mutation<GoogleArranged> =>
  provider(how, 'condition', code, (written, names) => {
    written.attributeCondition = write(names)
  })

const PROVIDERS: readonly Mutation<GoogleArranged>[] = [
  provider('a provider that is disabled', 'provider', /^provider_disabled$/, (written) => {
    written.disabled = true
  }),
  issuer('a slash too many', /^issuer_trailing_slash$/, (url) => `${url}/`),
  issuer('another scheme', /^issuer_scheme$/, (url) => url.replace('http:', 'https:')),
  issuer('another path', /^issuer_path$/, (url) => url.replace('/oidc', '')),
  issuer('another port', /^issuer_port$/, (url) => url.replace(/:[0-9]+/, '')),
  issuer('other capitals', /^issuer_case$/, (url) => url.replace('oidc', 'OIDC')),
  issuer('somebody else', /^issuer_other_issuer$/, () => 'https://token.actions.githubusercontent.com'),
  audience('in capitals', /^audience_case$/, ({ organization }) => [organization.toUpperCase()]),
  audience('of somebody else', /^audience_differs$/, ({ organization }) => [`gcp:${organization}`, 'other']),
  audience('that is the provider’s name', /^audience_provider_name$/, () => []),
  mapping('a claim that no token has', /^mapping_fails$/, 'assertion.repository'),
  mapping('a mapping that is no expression', /^mapping_fails$/, "assertion.sub + '"),
  mapping('a mapping to a truth value', /^mapping_fails$/, "assertion.org == 'acme'"),
  mapping(
    'an attribute of a claim that no token has',
    /^mapping_fails$/,
    'assertion.environment',
    'attribute.environment',
  ),
  mapping('a subject that is too long', /^subject_too_long$/, 'assertion.sub + assertion.sub'),
  mapping('a subject that is empty', /^subject_too_long$/, "assertion.sub.extract('nothing:{name}:')"),
  condition('a condition on another organization', /^condition_false$/, () => "assertion.org == 'umbrella'"),
  condition(
    'a condition in other capitals',
    /^condition_false$/,
    ({ organization }) => `assertion.org == '${organization.toUpperCase()}'`,
  ),
  condition(
    'a condition on the other operations',
    /^condition_false$/,
    ({ operation }) => `!(assertion.operation in ['${operation}'])`,
  ),
  condition(
    'a condition on an attribute that is not mapped',
    /^condition_fails$/,
    () => "attribute.repository == 'acme/shop'",
  ),
  condition('a condition that is no truth value', /^condition_fails$/, () => 'assertion.stack'),
  condition('a condition that is no expression', /^condition_fails$/, () => "assertion.stack == 'dev' &&"),
  condition(
    'a condition by size',
    /^condition_false$/,
    () => 'google.subject.size() > 127 || size(assertion.stack) > 30',
  ),
]

const binding = (
  how: string,
  code: RegExp,
  write: (a: GoogleArranged, random: Random) => string[],
): Mutation<GoogleArranged> => ({
  how,
  clause: 'binding',
  code,
  apply: (a, random) => bind(a, ...write(a, random)),
})

const BINDINGS: readonly Mutation<GoogleArranged>[] = [
  ...WRONG_SUBJECTS.map(({ how, code, write }) =>
    binding(`a member with ${how}`, new RegExp(`^binding_${code.source}`), (a, random) => [
      principal(a, write(a.names, random)),
    ]),
  ),
  binding('nobody', /^binding_none$/, () => []),
  binding('a person', /^binding_none$/, () => ['user:alice@example.com']),
  binding('a wildcard', /^binding_wildcard$/, (a) => [
    principal(a, `pulumi:deploy:org:${a.names.organization}:*`),
  ]),
  binding('the id of the project', /^binding_project_id$/, (a) => [
    principal(a, subject(a.names)).replace(a.projectNumber, 'acme-prod'),
  ]),
  binding('another project', /^binding_other_pool$/, (a) => [
    principal(a, subject(a.names)).replace(a.projectNumber, '42'),
  ]),
  binding('another pool', /^binding_other_pool$/, (a) => [
    `principal://${poolOf(a.projectNumber, 'github')}/subject/${subject(a.names)}`,
  ]),
  binding('an attribute that is not mapped', /^binding_attribute_not_mapped$/, (a) => [
    principalSet(a, `attribute.project/${a.names.project}`),
  ]),
  binding('another value of an attribute', /^binding_attribute_differs$/, (a) => [
    principalSet(a, `attribute.stack/${a.names.stack}-2`),
  ]),
  binding('a set that is written as one', /^binding_/, (a) => [
    principalSet(a, `subject/${subject(a.names)}`),
  ]),
  {
    how: 'another role',
    clause: 'binding',
    code: /^binding_none$/,
    apply: (a, random) => {
      for (const one of a.bindings) one.role = random.pick(['roles/iam.serviceAccountUser', 'roles/viewer'])
    },
  },
  {
    how: 'a binding with a condition',
    clause: 'binding',
    apply: (a) => {
      for (const one of a.bindings)
        one.condition = { expression: 'request.time < timestamp("2020-01-01T00:00:00Z")' }
    },
  },
]

const malformed = (how: string, apply: (a: GoogleArranged) => void): Mutation<GoogleArranged> => ({
  how,
  clause: 'malformed',
  apply,
})

/** Google does not save these. */
const MALFORMED: readonly Mutation<GoogleArranged>[] = [
  malformed('no subject', ({ provider: { attributeMapping } }) => {
    delete attributeMapping['google.subject']
  }),
  malformed('an attribute in capitals', ({ provider: { attributeMapping } }) => {
    attributeMapping['attribute.Stack'] = 'assertion.stack'
  }),
  malformed('eleven audiences', ({ provider: { oidc } }) => {
    oidc.allowedAudiences = [...oidc.allowedAudiences, ...Array.from({ length: 10 }, (_, at) => `a${at}`)]
  }),
  malformed('a condition of 4097 characters', ({ provider: written }) => {
    written.attributeCondition = `true || '${'x'.repeat(4088)}' == ''`
  }),
]

/** What only Google itself can know, and what the token brings. */
const OTHERS: readonly Mutation<GoogleArranged>[] = [
  {
    how: 'no provider',
    clause: 'provider',
    code: /^provider_missing$/,
    apply: (a) => {
      a.hasProvider = false
    },
  },
  {
    how: 'no service account',
    clause: 'binding',
    code: /^impersonation_refused$/,
    apply: (a) => {
      a.hasAccount = false
    },
  },
  {
    how: 'a token of another stack',
    clause: 'binding',
    code: /^binding_subject_stack_differs$/,
    apply: (a) => {
      bind(a, principal(a, subject(a.names)))
      delete a.provider.attributeCondition
      a.token.claims = claimsOf({ ...a.names, stack: 'elsewhere' })
    },
  },
  {
    how: 'a token for another audience',
    clause: 'audience',
    code: /^audience_differs$/,
    apply: (a) => {
      a.token.claims['aud'] = ['https://other.example.com', 'x']
    },
  },
]

const MISSPELT: readonly Mutation<GoogleArranged>[] = [
  {
    how: 'a misspelt member',
    clause: 'binding',
    chance: ['malformed'],
    apply: (a, random) => bind(a, misspelt(principal(a, subject(a.names)), random)),
  },
  {
    how: 'a misspelt audience',
    clause: 'audience',
    chance: ['malformed'],
    apply: (a, random) => {
      a.provider.oidc.allowedAudiences = [misspelt(a.names.organization, random)]
    },
  },
  {
    how: 'a misspelt mapping',
    clause: 'mapping',
    chance: ['malformed', 'binding', 'condition'],
    apply: (a, random) => {
      a.provider.attributeMapping['google.subject'] = misspelt('assertion.sub', random)
    },
  },
  {
    how: 'a misspelt condition',
    clause: 'condition',
    chance: ['malformed'],
    apply: (a, random) => {
      a.provider.attributeCondition = misspelt(`assertion.org == '${a.names.organization}'`, random)
    },
  },
]

const fine = (how: string, apply: (a: GoogleArranged) => void): Mutation<GoogleArranged> => ({
  how,
  clause: undefined,
  apply,
})
const holding = (how: string, write: (names: Names) => string): Mutation<GoogleArranged> =>
  fine(how, (a) => {
    a.provider.attributeCondition = write(a.names)
  })

const HARMLESS: readonly Mutation<GoogleArranged>[] = [
  fine('nothing', () => {}),
  fine('another binding beside', (a) => {
    a.bindings.unshift({ role: 'roles/viewer', members: ['user:alice@example.com'] })
  }),
  fine('the role of token creators', (a) => {
    for (const one of a.bindings) one.role = 'roles/iam.serviceAccountTokenCreator'
  }),
  fine('several audiences', ({ provider: { oidc } }) => {
    oidc.allowedAudiences = ['other', ...oidc.allowedAudiences]
  }),
  fine('several audiences in the token', (a) => {
    a.token.claims['aud'] = ['other', a.names.organization]
  }),
  fine('groups', (a) => {
    a.provider.attributeMapping['google.groups'] = '[assertion.org, assertion.stack]'
    bind(a, principalSet(a, `group/${a.names.organization}`))
  }),
  fine('an empty condition', ({ provider: written }) => {
    written.attributeCondition = ''
  }),
  fine('a subject of 127 bytes', (a) => {
    const rest = 127 - subject(a.names).length
    a.provider.attributeMapping['google.subject'] = `assertion.sub + '${'x'.repeat(rest)}'`
    bind(a, principal(a, subject(a.names) + 'x'.repeat(rest)))
    delete a.provider.attributeCondition
  }),
  holding(
    'a condition on the beginning',
    ({ organization }) => `assertion.sub.startsWith('pulumi:deploy:org:${organization}:')`,
  ),
  holding(
    'a condition by an expression',
    ({ stack }) =>
      `assertion.sub.matches('^pulumi:.*:stack:${stack.replace('.', '[.]')}:operation:[a-z-]+:scope:write$')`,
  ),
  holding(
    'a condition by parts',
    ({ project }) => `assertion.sub.split(':')[5] == '${project}' && assertion.sub.contains(':scope:')`,
  ),
  holding('a condition by choice', ({ operation }) => `assertion.operation == '${operation}' ? true : false`),
  holding(
    'a condition on the presence of a claim',
    () => "has(assertion.stack) && !has(assertion.repository) && 'org' in assertion",
  ),
]

/** @param now The clock of issuer and cloud. */
export function googleMutations(now: () => Date): readonly Mutation<GoogleArranged>[] {
  const broken = [...PROVIDERS, ...BINDINGS, ...MALFORMED, ...OTHERS, ...MISSPELT]
  return [...broken, ...HARMLESS, ...tokenMutations<GoogleArranged>(now, { unknownKey: 'token' })]
}
