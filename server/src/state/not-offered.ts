/**
 * What the CLI asks every service for and we do not offer: capabilities that are few, lists that are empty, and
 * refusals with a sentence, so that it goes on. A 5xx would make it try again for seven seconds.
 */
import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import type { FastifyInstance } from 'fastify'
import { refuse } from '../refuse.ts'

/**
 * Only names that Pulumi knows: generated clients refuse others. Delta uploads are left out on purpose: the CLI drops
 * pending operations in that mode.
 */
const CAPABILITIES = {
  capabilities: [
    { capability: 'batch-encrypt' },
    { capability: 'deployment-schema-version', version: 1, configuration: { version: 4 } },
  ],
}

const EMPTY_LISTS: Readonly<Record<string, object>> = {
  '/api/registry/templates': { templates: [], continuationToken: null },
  '/api/registry/packages': { packages: [], continuationToken: null },
  '/api/orgs/:organization/policygroups': { policyGroups: [] },
  '/api/orgs/:organization/policypacks': { policyPacks: [] },
  // Asked by the CLI before 3.251 when it makes deployment settings.
  '/api/console/orgs/:organization/integrations/github-app': { installed: false },
  '/api/orgs/:organization/templates': {
    templates: {},
    orgHasTemplates: false,
    hasAccessError: false,
    hasUpstreamError: false,
  },
}

/** Path and what it would be. A route of its own goes before these, whenever there is one. */
const REFUSED: Readonly<Record<string, string>> = {
  '/api/agents/signup': 'Accounts are made by an administrator; log in with an access token',
  '/api/esc/*': 'Environments are not offered; leave "environment" out of the stacks\' configuration files',
  '/api/preview/agents/*': 'Neo is not offered',
  '/api/preview/insights/*': 'Insights are not offered',
  '/api/ai/*': 'Pulumi AI is not offered',
  '/api/registry/*': 'The registry is not offered',
  '/api/log-encryption-session/*': 'Sharing of logs is not offered',
  '/api/orgs/:organization/policygroups/*': 'Policy groups are not offered',
  '/api/orgs/:organization/policypacks/*': 'Policy packs are not offered',
  '/api/orgs/:organization/policyresults/*': 'Policies are not offered',
  '/api/orgs/:organization/roles/*':
    "Roles of one's own are not offered; there are admin, member and billing-manager",
  '/api/orgs/:organization/teams/:team/roles':
    'Roles of teams are not offered; give the team permissions on stacks',
  '/api/orgs/:organization/teams/:team/roles/*':
    'Roles of teams are not offered; give the team permissions on stacks',
  '/api/orgs/:organization/search/*': 'Search is not offered',
  [`${STACK_PATH}/config`]: 'The configuration of a stack is not kept here: it lives in Pulumi.<stack>.yaml',
  [`${STACK_PATH}/policypacks`]: 'Policy packs are not offered',
}

export function notOfferedRoutes(app: FastifyInstance): void {
  // A fifth of all requests, and the same for everybody.
  app.get('/api/capabilities', { config: { public: true } }, async () => CAPABILITIES)
  for (const [path, answer] of Object.entries(EMPTY_LISTS)) {
    app.get(path, { config: { allowStackToken: true } }, async () => answer)
  }
  for (const [path, sentence] of Object.entries(REFUSED)) {
    app.route({
      method: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
      url: path,
      schema: { tags: ['Not offered'] },
      // Answered before anybody looks at who asks, or at the body.
      config: { public: true },
      onRequest: async (_request, reply) =>
        refuse(reply, { status: 404, reason: 'not_offered', message: `Not Found: ${sentence}.` }),
      handler: async () => ({}),
    })
  }
}
