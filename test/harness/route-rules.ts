/**
 * Every route, and whom it lets in. A route that stands here not at all, or whose answer to one kind of token is
 * another one, fails a test: whoever adds a route says here for whom it is.
 */
import type { Class } from './every-token.ts'

export interface Rule {
  readonly for: string
  /** For each holder, in their order (`HOLDERS`). */
  readonly classes: readonly Class[]
  /** `{kind}` is each kind of update; a HEAD is its GET's. */
  readonly routes: readonly string[]
}

const UPDATE_KINDS = ['update', 'preview', 'refresh', 'destroy'] as const

function rule(name: string, classes: string, routes: readonly string[]): Rule {
  return { for: name, classes: classes.split(' ') as Class[], routes: routes.flatMap(ofEachKind) }
}

function ofEachKind(route: string): string[] {
  return route.includes('{kind}') ? UPDATE_KINDS.map((kind) => route.replace('{kind}', kind)) : [route]
}

// none malformed unknown expired revoked | site-admin admin member stranger | organization organization-admin team
// | update-at-own update-at-sibling preview-at-own preview-at-sibling | pool job lease
export const RULES: readonly Rule[] = [
  // Needs no token.
  rule('anybody', 'in in in in in in in in in in in in in in in in in in in', [
    'GET /healthz',
    'GET /readyz',
    'GET /api/openapi/pulumi-spec.json',
    'GET /oidc/.well-known/openid-configuration',
    'GET /oidc/.well-known/jwks',
    'GET /api/capabilities',
    'GET /cli-login',
    'POST /cli-login',
    'GET /welcome/cli',
  ]),
  // The same for everybody, or about the caller alone.
  rule('anybody with a token', '401 401 401 401 401 in in in in in in in in in in in 401 401 401', [
    'GET /api/user',
    'GET /api/user/organizations/default',
    'GET /api/user/stacks',
    'HEAD /api/stacks/:organization/:project',
    'GET /api/registry/templates',
    'GET /api/registry/packages',
    'GET /api/orgs/:organization/policygroups',
    'GET /api/orgs/:organization/policypacks',
    'GET /api/console/orgs/:organization/integrations/github-app',
    'GET /api/orgs/:organization/templates',
  ]),
  // Changes what is a person's own.
  rule(
    'a person in the organization',
    '401 401 401 401 401 404 in in 404 403 403 403 403 403 403 403 401 401 401',
    ['POST /api/user/organizations/:organization/default'],
  ),
  // Their own tokens: not of what acts for an organization, a team or a job.
  rule('a person', '401 401 401 401 401 in in in in 403 403 403 403 403 403 403 401 401 401', [
    'GET /api/user/tokens',
    'POST /api/user/tokens',
    'DELETE /api/user/tokens/:id',
  ]),
  // The installation.
  rule('a site admin', '401 401 401 401 401 in 403 403 403 403 403 403 403 403 403 403 401 401 401', [
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
    'GET /api/daypass/backup',
    'POST /api/daypass/restore',
  ]),
  // To everybody else the organization or the stack is not there.
  rule(
    'a member, or who may write the stack',
    '401 401 401 401 401 404 in in 404 in in in 403 403 403 403 401 401 401',
    [
      'GET /api/orgs/:organization',
      'GET /api/orgs/:organization/metadata',
      'GET /api/orgs/:organization/members',
      'GET /api/orgs/:organization/teams',
      'GET /api/orgs/:organization/teams/:team',
      'PATCH /api/orgs/:organization/teams/:team',
      'PATCH /api/stacks/:organization/:project/:stack/tags',
      'POST /api/stacks/:organization/:project/:stack/tags',
      'DELETE /api/stacks/:organization/:project/:stack/tags/:tag',
      'GET /api/daypass/orgs/:organization/retired-names',
      'GET /api/daypass/orgs/:organization/oidc-settings-rule',
      'GET /api/stacks/:organization/:project/:stack/deployments/settings',
      'PUT /api/stacks/:organization/:project/:stack/deployments/settings',
      'POST /api/stacks/:organization/:project/:stack/deployments/settings',
      'DELETE /api/stacks/:organization/:project/:stack/deployments/settings',
      'POST /api/stacks/:organization/:project/:stack/deployments/settings/encrypt',
      'GET /api/preview/:organization/:project/:stack/deployment/settings',
      'PUT /api/preview/:organization/:project/:stack/deployment/settings',
      'POST /api/preview/:organization/:project/:stack/deployment/settings',
      'DELETE /api/preview/:organization/:project/:stack/deployment/settings',
      'POST /api/preview/:organization/:project/:stack/deployment/settings/encrypt',
      'POST /api/stacks/:organization/:project/:stack/deployments',
      'GET /api/stacks/:organization/:project/:stack/deployments',
      'GET /api/orgs/:organization/deployments',
      'GET /api/stacks/:organization/:project/:stack/deployments/:deploymentId',
      'GET /api/stacks/:organization/:project/:stack/deployments/version/:version',
      'GET /api/stacks/:organization/:project/:stack/deployments/:deploymentId/updates',
      'POST /api/stacks/:organization/:project/:stack/deployments/:deploymentId/cancel',
      'GET /api/stacks/:organization/:project/:stack/deployments/metadata',
      'GET /api/orgs/:organization/deployments/metadata',
      'GET /api/stacks/:organization/:project/:stack/deployments/:deploymentId/logs',
      'GET /api/orgs/:organization/agent-pools',
      'PATCH /api/stacks/:organization/:project/:stack/tags/:tag',
    ],
  ),
  // Members learn that they may not.
  rule(
    'an admin of the organization or the stack',
    '401 401 401 401 401 404 in 403 404 403 in 403 403 403 403 403 401 401 401',
    [
      'PATCH /api/orgs/:organization',
      'POST /api/orgs/:organization/members/:login',
      'PATCH /api/orgs/:organization/members/:login',
      'DELETE /api/orgs/:organization/members/:login',
      'POST /api/orgs/:organization/teams/pulumi',
      'DELETE /api/orgs/:organization/teams/:team',
      'GET /api/orgs/:organization/tokens',
      'DELETE /api/orgs/:organization/tokens/:tokenId',
      'GET /api/orgs/:organization/teams/:team/tokens',
      'POST /api/orgs/:organization/teams/:team/tokens',
      'DELETE /api/orgs/:organization/teams/:team/tokens/:tokenId',
      'DELETE /api/stacks/:organization/:project/:stack',
      'POST /api/stacks/:organization/:project/:stack/rename',
      'POST /api/stacks/:organization/:project/:stack/transfer',
      'DELETE /api/daypass/orgs/:organization/retired-names/:project/:stack',
      'PUT /api/daypass/orgs/:organization/oidc-settings-rule',
      'POST /api/orgs/:organization/agent-pools',
      'GET /api/orgs/:organization/agent-pools/:poolId',
      'PATCH /api/orgs/:organization/agent-pools/:poolId',
      'DELETE /api/orgs/:organization/agent-pools/:poolId',
    ],
  ),
  // What lets others in.
  rule('an admin in person', '401 401 401 401 401 404 in 403 404 403 403 403 403 403 403 403 401 401 401', [
    'POST /api/orgs/:organization/tokens',
  ]),
  rule(
    'a member who makes stacks',
    '401 401 401 401 401 404 in in 404 in in 403 403 403 403 403 401 401 401',
    ['POST /api/stacks/:organization/:project'],
  ),
  // A job also reads stacks beside its own, for stack references.
  rule('who may read the stack', '401 401 401 401 401 404 in in 404 in in in in in in in 401 401 401', [
    'GET /api/stacks/:organization/:project/:stack',
    'GET /api/stacks/:organization/:project/:stack/{kind}/:updateId',
    'GET /api/stacks/:organization/:project/:stack/{kind}/:updateId/events',
    'POST /api/stacks/:organization/:project/:stack/decrypt',
    'POST /api/stacks/:organization/:project/:stack/batch-decrypt',
    'POST /api/stacks/:organization/:project/:stack/decrypt/log-decryption',
    'POST /api/stacks/:organization/:project/:stack/decrypt/log-batch-decryption',
    'GET /api/stacks/:organization/:project/:stack/export',
    'GET /api/stacks/:organization/:project/:stack/export/:version',
    'GET /api/stacks/:organization/:project/:stack/updates',
    'GET /api/stacks/:organization/:project/:stack/updates/latest',
    'GET /api/stacks/:organization/:project/:stack/updates/:version',
    'GET /api/stacks/:organization/:project/:stack/updates/latest/previews',
    'GET /api/stacks/:organization/:project/:stack/updates/:version/previews',
    'GET /api/stacks/:organization/:project/:stack/previews/:updateId',
    'GET /api/stacks/:organization/:project/:stack/updates/:version/summary',
    'GET /api/stacks/:organization/:project/:stack/resources/count',
    'GET /api/stacks/:organization/:project/:stack/outputs',
    'GET /api/stacks/:organization/:project/:stack/activity',
  ]),
  // A job its own, unless it only looks.
  rule('who may write the stack', '401 401 401 401 401 404 in in 404 in in in in 403 403 403 401 401 401', [
    'POST /api/stacks/:organization/:project/:stack/update',
    'POST /api/stacks/:organization/:project/:stack/refresh',
    'POST /api/stacks/:organization/:project/:stack/destroy',
    'POST /api/stacks/:organization/:project/:stack/import',
  ]),
  // A job its own.
  rule('who may preview the stack', '401 401 401 401 401 404 in in 404 in in in in 403 in 403 401 401 401', [
    'POST /api/stacks/:organization/:project/:stack/{kind}/:updateId',
    'POST /api/stacks/:organization/:project/:stack/{kind}/:updateId/cancel',
    'POST /api/stacks/:organization/:project/:stack/preview',
    'POST /api/stacks/:organization/:project/:stack/encrypt',
    'POST /api/stacks/:organization/:project/:stack/batch-encrypt',
  ]),
  rule(
    'the lease of the update',
    '401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 in',
    [
      'POST /api/stacks/:organization/:project/:stack/{kind}/:updateId/renew_lease',
      'POST /api/stacks/:organization/:project/:stack/{kind}/:updateId/complete',
      'PATCH /api/stacks/:organization/:project/:stack/{kind}/:updateId/journalentries',
      'POST /api/stacks/:organization/:project/:stack/{kind}/:updateId/events/batch',
      'PATCH /api/stacks/:organization/:project/:stack/{kind}/:updateId/checkpoint',
      'PATCH /api/stacks/:organization/:project/:stack/{kind}/:updateId/checkpointverbatim',
    ],
  ),
  rule('a runner', '401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 in 401 401', [
    'POST /api/daypass/runner/claim',
  ]),
  rule(
    'the supervisor of the job',
    '401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 in 401',
    [
      'POST /api/daypass/job/start',
      'POST /api/daypass/job/beat',
      'GET /api/daypass/job/cancellation',
      'POST /api/daypass/job/step',
      'POST /api/daypass/job/log',
      'POST /api/daypass/job/id-token',
      'POST /api/daypass/job/finish',
    ],
  ),
]
