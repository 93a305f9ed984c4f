/**
 * Every route, and whom it lets in. A route that does not stand here, or that answers one kind of token otherwise than it
 * says here, fails a test: whoever adds a route says for whom it is.
 */
import type { Class, Holder } from './every-token.ts'

export interface Rule {
  readonly for: string
  readonly classes: Readonly<Record<Holder, Class>>
  /** A HEAD is its GET's. */
  readonly routes: readonly string[]
}

/** The order of the words in a rule. Who stands in none of these lists is told 401, unless the rule says otherwise. */
const PEOPLE = ['site admin', 'admin', 'maker', 'writer', 'reader', 'billing manager', 'stranger'] as const
const PROGRAMS = ['organization', 'organization admin', 'team'] as const
const VOUCHED = ['vouched for'] as const
const JOBS = ['update at own', 'update at sibling', 'preview at own', 'preview at sibling'] as const
const NOBODY = ['none', 'malformed', 'unknown', 'expired', 'revoked'] as const
/** Of a runner, a job's supervisor, and one update. */
const OWN = ['pool', 'job', 'lease'] as const

interface Words {
  readonly people: string
  readonly programs: string
  /** What the reader is told, unless it says otherwise. */
  readonly vouched?: string
  readonly jobs: string
  readonly nobody?: string
  readonly own?: string
}

const ALL_401 = '401 401 401 401 401 401 401'
const NEVER_A_JOB = '403 403 403 403'

function rule(name: string, words: Words, routes: readonly string[]): Rule {
  const lists: readonly (readonly [readonly Holder[], string])[] = [
    [NOBODY, words.nobody ?? ALL_401],
    [PEOPLE, words.people],
    [PROGRAMS, words.programs],
    [VOUCHED, words.vouched ?? words.people.split(' ')[PEOPLE.indexOf('reader')] ?? ''],
    [JOBS, words.jobs],
    [OWN, words.own ?? ALL_401],
  ]
  const classes = lists.flatMap(([holders, text]) => {
    const given = text.split(' ')
    return holders.map((holder, index) => [holder, given[index]])
  })
  return { for: name, classes: Object.fromEntries(classes), routes: routes.flatMap(inFull) }
}

const UPDATE_KINDS = ['update', 'preview', 'refresh', 'destroy'] as const

/** `{kind}` is each kind of update, `{S}` the path of a stack, `{O}` that of an organization. */
function inFull(route: string): string[] {
  const full = route
    .replace('{S}', '/api/stacks/:organization/:project/:stack')
    .replace('{O}', '/api/orgs/:organization')
  return full.includes('{kind}') ? UPDATE_KINDS.map((kind) => full.replace('{kind}', kind)) : [full]
}

/** A token of its own kind opens it, and nothing else does. */
const OWN_TOKEN = { people: ALL_401, programs: ALL_401, jobs: ALL_401 }

export const RULES: readonly Rule[] = [
  rule(
    'anybody',
    {
      nobody: 'in in in in in',
      people: 'in in in in in in in',
      programs: 'in in in',
      jobs: 'in in in in',
      own: 'in in in',
    },
    [
      'GET /healthz',
      'GET /readyz',
      'GET /api/openapi/pulumi-spec.json',
      'GET /oidc/.well-known/openid-configuration',
      'GET /oidc/.well-known/jwks',
      'GET /api/capabilities',
      'GET /cli-login',
      'POST /cli-login',
      'GET /invitation',
      'POST /invitation',
      'POST /api/oauth/token',
      // What is said there has to be signed with the secret of a git host.
      'POST /api/daypass/git-hosts/:hostId/events',
      'POST /workflow/generic-vcs',
      'GET /welcome/cli',
      // Nothing without the state of a registration.
      'GET /github-app',
      'GET /github-app/made',
      'GET /github-app/installed',
    ],
  ),
  // The same for everybody, or about the caller alone, or a list of what the caller sees.
  rule(
    'anybody with a token',
    { people: 'in in in in in in in', programs: 'in in in', jobs: 'in in in in' },
    [
      'GET /api/user',
      'GET /api/user/organizations/default',
      'GET /api/user/stacks',
      'GET /api/registry/templates',
      'GET /api/registry/packages',
      'GET {O}/policygroups',
      'GET {O}/policypacks',
      'GET /api/console/orgs/:organization/integrations/github-app',
      'GET {O}/templates',
    ],
  ),
  rule(
    'anybody with a token who sees a stack of the project',
    { people: '404 in in in in 404 404', programs: 'in in in', jobs: 'in in in in' },
    ['HEAD /api/stacks/:organization/:project'],
  ),
  rule(
    'a person themselves',
    { people: 'in in in in in in in', programs: '403 403 403', vouched: '403', jobs: NEVER_A_JOB },
    ['GET /api/user/tokens', 'POST /api/user/tokens', 'DELETE /api/user/tokens/:id'],
  ),
  rule(
    'a person of the organization',
    { people: '404 in in in in in 404', programs: '403 403 403', vouched: '403', jobs: NEVER_A_JOB },
    ['POST /api/user/organizations/:organization/default'],
  ),
  rule(
    'an admin of the installation',
    { people: 'in 403 403 403 403 403 403', programs: '403 403 403', jobs: NEVER_A_JOB },
    [
      'POST /api/daypass/orgs',
      'GET /api/daypass/users',
      'POST /api/daypass/users',
      'POST /api/daypass/users/:login/deactivate',
      'POST /api/daypass/users/:login/reactivate',
      'GET /api/daypass/pools',
      'POST /api/daypass/pools',
      'GET /api/daypass/pools/:pool/tokens',
      'POST /api/daypass/pools/:pool/tokens',
      'DELETE /api/daypass/pools/:pool/tokens/:token',
      'GET /api/daypass/keys',
      'POST /api/daypass/keys/master/rotate',
      'POST /api/daypass/keys/stacks/:organization/:project/:stack/rotate',
      'GET /api/daypass/issuer/keys',
      'POST /api/daypass/issuer/keys/rotate',
      'POST /api/daypass/issuer/keys/:kid/revoke',
      'GET /api/daypass/issuer/publication',
      'POST /api/daypass/issuer/publication',
      'GET /api/daypass/auditlogs',
      'GET /api/daypass/auditlogs/v2',
      'GET /api/daypass/auditlogs/export',
      'GET /api/daypass/auditlogs/v2/export',
      'GET /api/daypass/auditlogs/event-types',
      'GET /api/daypass/audit/mint-blocks',
      'GET /api/daypass/audit/mint-blocks/newest',
      'GET /api/daypass/backup',
      'POST /api/daypass/restore',
    ],
  ),
  // To everybody else the organization is not there. What a list holds is what the caller sees.
  rule(
    'whoever belongs to the organization',
    { people: '404 in in in in in 404', programs: 'in in in', jobs: NEVER_A_JOB },
    [
      'GET {O}',
      'GET {O}/metadata',
      'GET {O}/members',
      'GET {O}/members/:login/teams',
      'GET {O}/roles',
      'GET {O}/teams',
      'GET {O}/teams/:team',
      'GET {O}/agent-pools',
      'GET {O}/deployments',
      'GET {O}/deployments/metadata',
      'GET {O}/deployments/summary',
      'GET {O}/deployments/usagereport',
      'GET /api/daypass/orgs/:organization/usage',
      'GET /api/daypass/orgs/:organization/retired-names',
      'GET /api/daypass/orgs/:organization/oidc-settings-rule',
      'GET /api/daypass/orgs/:organization/audiences',
      'GET /api/daypass/orgs/:organization/deployment-limits',
    ],
  ),
  rule(
    'an admin of the organization',
    { people: '404 in 403 403 403 403 404', programs: '403 in 403', jobs: NEVER_A_JOB },
    [
      'PATCH {O}',
      'POST {O}/members/:login',
      'GET /api/daypass/orgs/:organization/invitations',
      'POST /api/daypass/orgs/:organization/invitations',
      'DELETE /api/daypass/orgs/:organization/invitations/:id',
      'PATCH {O}/members/:login',
      'DELETE {O}/members/:login',
      'POST {O}/teams/pulumi',
      'PATCH {O}/teams/:team',
      'DELETE {O}/teams/:team',
      'GET {O}/tokens',
      'POST {O}/tokens',
      'DELETE {O}/tokens/:id',
      'GET {O}/teams/:team/tokens',
      'POST {O}/teams/:team/tokens',
      'DELETE {O}/teams/:team/tokens/:id',
      'POST {O}/agent-pools',
      'GET {O}/agent-pools/:poolId',
      'PATCH {O}/agent-pools/:poolId',
      'DELETE {O}/agent-pools/:poolId',
      'POST {O}/deployments/pause',
      'POST {O}/deployments/resume',
      'GET {O}/auditlogs',
      'GET {O}/auditlogs/v2',
      'GET {O}/auditlogs/export',
      'GET {O}/auditlogs/v2/export',
      'GET {O}/auditlogs/event-types',
      'GET {O}/oidc/issuers',
      'POST {O}/oidc/issuers',
      'GET {O}/oidc/issuers/:issuerId',
      'PATCH {O}/oidc/issuers/:issuerId',
      'DELETE {O}/oidc/issuers/:issuerId',
      'POST {O}/oidc/issuers/:issuerId/regenerate-thumbprints',
      'GET {O}/auth/policies/oidcissuers/:issuerId',
      'PATCH {O}/auth/policies/:policyId',
      'POST /api/daypass/orgs/:organization/oidc/issuers/:issuerId/try',
      'GET {O}/hooks',
      'POST {O}/hooks',
      'GET {O}/hooks/:hook',
      'PATCH {O}/hooks/:hook',
      'DELETE {O}/hooks/:hook',
      'POST {O}/hooks/:hook/ping',
      'GET {O}/hooks/:hook/deliveries',
      'POST {O}/hooks/:hook/deliveries/:event/redeliver',
      'GET /api/daypass/orgs/:organization/git-hosts',
      'POST /api/daypass/orgs/:organization/git-hosts',
      'GET /api/daypass/orgs/:organization/git-hosts/:host',
      'PATCH /api/daypass/orgs/:organization/git-hosts/:host',
      'DELETE /api/daypass/orgs/:organization/git-hosts/:host',
      'POST /api/daypass/orgs/:organization/git-hosts/:host/test',
      'POST /api/daypass/orgs/:organization/git-hosts/:host/registration',
      'GET /api/daypass/orgs/:organization/git-hosts/:host/registration',
      'POST /api/daypass/orgs/:organization/git-hosts/:host/approvals',
      'GET /api/daypass/orgs/:organization/git-hosts/:host/deliveries',
      'GET /api/daypass/orgs/:organization/git-hosts/:host/deliveries/:delivery',
      'POST /api/daypass/orgs/:organization/git-hosts/:host/deliveries/:delivery/redeliver',
      'GET /api/daypass/orgs/:organization/token-trace',
      'DELETE /api/daypass/orgs/:organization/retired-names/:project/:stack',
      'PUT /api/daypass/orgs/:organization/oidc-settings-rule',
      'PUT /api/daypass/orgs/:organization/audiences',
      'PATCH /api/daypass/orgs/:organization/deployment-limits',
    ],
  ),
  rule(
    'a member who makes stacks',
    { people: '404 in in in in 403 404', programs: 'in in in', jobs: NEVER_A_JOB },
    ['POST /api/stacks/:organization/:project'],
  ),
  // A job also reads stacks beside its own, for stack references.
  rule(
    'who may read the stack, jobs too',
    { people: '404 in in in in 404 404', programs: 'in in in', jobs: 'in in in in' },
    [
      'GET {S}',
      'GET {S}/{kind}/:updateId',
      'GET {S}/{kind}/:updateId/events',
      'POST {S}/decrypt',
      'POST {S}/batch-decrypt',
      'POST {S}/decrypt/log-decryption',
      'POST {S}/decrypt/log-batch-decryption',
      'GET {S}/export',
      'GET {S}/export/:version',
      'GET {S}/updates',
      'GET {S}/updates/latest',
      'GET {S}/updates/:version',
      'GET {S}/updates/latest/previews',
      'GET {S}/updates/:version/previews',
      'GET {S}/previews/:updateId',
      'GET {S}/updates/:version/summary',
      'GET {S}/resources/count',
      'GET {S}/outputs',
      'GET {S}/activity',
    ],
  ),
  rule(
    'who may read the stack',
    { people: '404 in in in in 404 404', programs: 'in in in', jobs: NEVER_A_JOB },
    [
      'GET {S}/collaborators',
      'GET {S}/teams',
      'GET {S}/deployments/settings',
      'GET /api/daypass/stacks/:organization/:project/:stack/identity',
      'GET /api/preview/:organization/:project/:stack/deployment/settings',
      'GET {S}/deployments',
      'GET {S}/deployments/metadata',
      'GET {S}/deployments/:deploymentId',
      'GET {S}/deployments/version/:version',
      'GET {S}/deployments/:deploymentId/updates',
      'GET {S}/deployments/:deploymentId/logs',
      'GET {S}/deployments/schedules',
      'GET {S}/deployments/schedules/:scheduleId',
      'GET {S}/deployments/schedules/:scheduleId/history',
      'GET {S}/drift/status',
      'GET {S}/drift/runs',
      'GET {S}/drift/runs/:runId',
      'GET /api/daypass/stacks/:organization/:project/:stack/trust',
      'POST /api/daypass/stacks/:organization/:project/:stack/trust/explain',
    ],
  ),
  // A job its own, unless it only looks.
  rule(
    'who may write the stack, its job too',
    { people: '404 in in in 403 404 404', programs: '403 in in', jobs: 'in 403 403 403' },
    ['POST {S}/update', 'POST {S}/refresh', 'POST {S}/destroy', 'POST {S}/import'],
  ),
  // A job its own.
  rule(
    'who may preview the stack, its job too',
    { people: '404 in in in 403 404 404', programs: '403 in in', jobs: 'in 403 in 403' },
    [
      'POST {S}/{kind}/:updateId',
      'POST {S}/{kind}/:updateId/cancel',
      'POST {S}/preview',
      'POST {S}/encrypt',
      'POST {S}/batch-encrypt',
    ],
  ),
  rule(
    'who may write the stack',
    { people: '404 in in in 403 404 404', programs: '403 in in', jobs: NEVER_A_JOB },
    [
      'PATCH {S}/tags',
      'POST {S}/tags',
      'PATCH {S}/tags/:tag',
      'DELETE {S}/tags/:tag',
      'PUT {S}/deployments/settings',
      'PUT /api/daypass/stacks/:organization/:project/:stack/identity',
      'POST {S}/deployments/settings',
      'DELETE {S}/deployments/settings',
      'POST {S}/deployments/settings/encrypt',
      'PUT /api/preview/:organization/:project/:stack/deployment/settings',
      'POST /api/preview/:organization/:project/:stack/deployment/settings',
      'DELETE /api/preview/:organization/:project/:stack/deployment/settings',
      'POST /api/preview/:organization/:project/:stack/deployment/settings/encrypt',
      'POST {S}/deployments',
      'POST {S}/deployments/:deploymentId/cancel',
      'POST {S}/deployments/pause',
      'POST {S}/deployments/resume',
      'DELETE {S}/deployments/cache',
      'POST {S}/deployments/schedules',
      'POST {S}/deployments/schedules/:scheduleId',
      'POST {S}/deployments/drift/schedules',
      'POST {S}/deployments/drift/schedules/:scheduleId',
      'POST {S}/deployments/ttl/schedules',
      'POST {S}/deployments/ttl/schedules/:scheduleId',
      'DELETE {S}/deployments/schedules/:scheduleId',
      'POST {S}/deployments/schedules/:scheduleId/pause',
      'POST {S}/deployments/schedules/:scheduleId/resume',
      'GET {S}/hooks',
      'POST {S}/hooks',
      'GET {S}/hooks/:hook',
      'PATCH {S}/hooks/:hook',
      'DELETE {S}/hooks/:hook',
      'POST {S}/hooks/:hook/ping',
      'GET {S}/hooks/:hook/deliveries',
      'POST {S}/hooks/:hook/deliveries/:event/redeliver',
    ],
  ),
  rule(
    'an admin of the stack',
    { people: '404 in in 403 403 404 404', programs: '403 in 403', jobs: NEVER_A_JOB },
    [
      'DELETE {S}',
      'POST {S}/rename',
      'DELETE {S}/collaborators/:login',
      'PUT /api/daypass/stacks/:organization/:project/:stack/collaborators/:login',
      'PATCH /api/console/stacks/:organization/:project/:stack/teams/:team',
    ],
  ),
  // Of both organizations; unless members may take stacks away, which they may not unless told so.
  rule(
    'an admin of the stack’s organization',
    { people: '404 in 403 403 403 404 404', programs: '403 in 403', jobs: NEVER_A_JOB },
    ['POST {S}/transfer'],
  ),
  rule('the lease of the update', { ...OWN_TOKEN, own: '401 401 in' }, [
    'POST {S}/{kind}/:updateId/renew_lease',
    'POST {S}/{kind}/:updateId/complete',
    'PATCH {S}/{kind}/:updateId/journalentries',
    'POST {S}/{kind}/:updateId/events/batch',
    'PATCH {S}/{kind}/:updateId/checkpoint',
    'PATCH {S}/{kind}/:updateId/checkpointverbatim',
  ]),
  rule('a runner', { ...OWN_TOKEN, own: 'in 401 401' }, ['POST /api/daypass/runner/claim']),
  rule('the supervisor of the job', { ...OWN_TOKEN, own: '401 in 401' }, [
    'POST /api/daypass/job/start',
    'POST /api/daypass/job/beat',
    'GET /api/daypass/job/cancellation',
    'POST /api/daypass/job/step',
    'POST /api/daypass/job/log',
    'POST /api/daypass/job/id-token',
    'POST /api/daypass/job/source-credential',
    'POST /api/daypass/job/fingerprints',
    'POST /api/daypass/job/finish',
  ]),
]
