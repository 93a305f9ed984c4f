/** Who may change the `oidc` block of an organization's stacks. Our own route: Pulumi's API has no name for it. */
import { OIDC_SETTINGS_RULE_PATH, OidcSettingsRule } from '@daypass/contract/settings.ts'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { adminOf, memberOf } from '../access/organization.ts'
import { actorOf } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { setStackAdminsChangeOidc, stackAdminsChangeOidc } from './oidc-rule.sql.ts'

interface Path {
  readonly organization: string
}
const Path = Type.Object({ organization: Type.String() })

export function oidcRuleRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const about = { tags: ['Deployment settings'], params: Path, response: { 200: OidcSettingsRule } }

  app.get<{ Params: Path }>(
    OIDC_SETTINGS_RULE_PATH,
    { schema: { ...about, summary: 'Who may change the oidc block of stacks' } },
    async ({ principal, params }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      return ruleOf(await stackAdminsChangeOidc(db, membership.organizationId))
    },
  )

  app.put<{ Params: Path; Body: OidcSettingsRule }>(
    OIDC_SETTINGS_RULE_PATH,
    {
      schema: { ...about, body: OidcSettingsRule, summary: 'Decide who may change the oidc block of stacks' },
    },
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId, organization } = membership
      await db.transaction(async (tx) => {
        const isOpen = body.changedBy === 'stack-admins'
        if (!(await setStackAdminsChangeOidc(tx, organizationId, isOpen))) return
        await recordAudit(tx, {
          organizationId,
          actor: actorOf(principal),
          action: 'oidc_settings_rule.changed',
          target: organization,
          details: { changedBy: body.changedBy },
        })
      })
      return body
    },
  )
}

function ruleOf(isOpen: boolean): OidcSettingsRule {
  return { changedBy: isOpen ? 'stack-admins' : 'organization-admins' }
}
