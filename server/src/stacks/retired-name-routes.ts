/** Names that a delete gave up, and their release. Our own routes: Pulumi's service has none. */

import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { adminOf, memberOf } from '../access/organization.ts'
import { readsByDefault } from '../access/organization-rule.ts'
import { actorOf } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { ProjectName, StackName } from './names.ts'
import { listRetiredNames, releaseName } from './retired-names.ts'

const RETIRED = '/api/daypass/orgs/:organization/retired-names'

const RetiredPath = Type.Object({ organization: Type.String(), project: ProjectName, stack: StackName })
type RetiredPath = Static<typeof RetiredPath>

export function retiredNameRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  app.get<{ Params: { organization: string } }>(RETIRED, async ({ principal, params }, reply) => {
    const membership = memberOf(principal, params.organization)
    if (isRefusal(membership)) return refuse(reply, membership)
    // Nothing of them was left to give: what everybody may read, everybody may know the name of.
    const readsAll = await readsByDefault(db, membership)
    const names = readsAll ? await listRetiredNames(db, membership.organizationId) : []
    return {
      retiredNames: names.map(({ retiredAt, ...name }) => ({ ...name, retiredAt: retiredAt.toISOString() })),
    }
  })

  app.delete<{ Params: RetiredPath }>(
    `${RETIRED}/:project/:stack`,
    { schema: { params: RetiredPath } },
    async ({ principal, params: { organization, project, stack } }, reply) => {
      const membership = adminOf(principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId } = membership
      const released = await db.transaction(async (tx) => {
        if (!(await releaseName(tx, organizationId, project, stack))) return false
        const target = `${organization}/${project}/${stack}`
        await recordAudit(tx, {
          organizationId,
          actor: actorOf(principal),
          action: 'stack.name_released',
          target,
        })
        return true
      })
      if (released) return reply.code(204).send()
      const message = `Not Found: the name ${project}/${stack} is not retired.`
      return refuse(reply, { status: 404, reason: 'name_not_retired', message })
    },
  )
}
