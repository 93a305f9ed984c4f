/** What the tokens of a registered issuer are worth, for admins of an organization, in the shapes of Pulumi's API. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { AUTH_POLICIES_PATH, AuthPolicy, UpdateAuthPolicyRequest } from '@daypass/contract/oidc-login.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../../audit/audit.ts'
import type { Database } from '../../db/database.ts'
import { isRefusal, refuse } from '../../refuse.ts'
import { adminOf } from '../organization.ts'
import { actorOf } from '../principal.ts'
import { type AuthPolicyRow, findPoliciesOf, lockPolicies, savePolicies } from './policy.sql.ts'
import { readPolicies } from './policy.ts'
import { noSuchIssuer } from './registry.ts'

const Id = Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const OfIssuer = Type.Object({ organization: Type.String(), issuerId: Id })
const OnePolicy = Type.Object({ organization: Type.String(), policyId: Id })

export function policyRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const about = { tags: ['OIDC logins'], response: { 200: AuthPolicy } }

  app.get<{ Params: Static<typeof OfIssuer> }>(
    `${AUTH_POLICIES_PATH}/oidcissuers/:issuerId`,
    {
      schema: {
        ...about,
        operationId: 'getAuthPolicy',
        summary: 'Read the policies of an issuer',
        params: OfIssuer,
      },
    },
    async ({ principal, params }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const row = await findPoliciesOf(db, membership.organizationId, params.issuerId)
      return row ? policyAnswer(row) : refuse(reply, noSuchIssuer)
    },
  )

  app.patch<{ Params: Static<typeof OnePolicy>; Body: UpdateAuthPolicyRequest }>(
    `${AUTH_POLICIES_PATH}/:policyId`,
    {
      schema: {
        ...about,
        operationId: 'updateAuthPolicy',
        summary: 'Replace the policies of an issuer, all at once',
        params: OnePolicy,
        body: UpdateAuthPolicyRequest,
      },
    },
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const policies = readPolicies(body.policies)
      if (isRefusal(policies)) return refuse(reply, policies)
      const { organizationId } = membership
      const saved = await db.transaction(async (tx) => {
        const before = await lockPolicies(tx, organizationId, params.policyId)
        if (before === undefined) return noSuchPolicy
        await savePolicies(tx, before.id, policies)
        const details = { before: before.policies, after: policies }
        const actor = actorOf(principal)
        const target = before.issuerName
        await recordAudit(tx, { organizationId, actor, action: 'auth_policy.changed', target, details })
        return (await lockPolicies(tx, organizationId, before.id)) ?? noSuchPolicy
      })
      return isRefusal(saved) ? refuse(reply, saved) : policyAnswer(saved)
    },
  )
}

function policyAnswer({ id, version, createdAt, modifiedAt, policies }: AuthPolicyRow): AuthPolicy {
  return {
    id,
    version,
    created: createdAt.toISOString(),
    modified: modifiedAt.toISOString(),
    policies: policies.map((policy) => ({
      ...policy,
      authorizedPermissions: [...policy.authorizedPermissions],
      rules: { ...policy.rules },
    })),
  }
}

const noSuchPolicy: Refusal = {
  status: 404,
  reason: 'policy_not_found',
  message: 'Not Found: this organization has no policy with this id.',
}
