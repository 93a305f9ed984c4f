/** Making organizations: for admins of the installation. */

import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { refuse } from '../refuse.ts'
import { userOf } from './authenticate.ts'
import { insertMember } from './member.sql.ts'
import { insertOrganization } from './organization.sql.ts'
import { findPerson } from './person.sql.ts'
import { badName, makePerson } from './person.ts'
import { actorOf } from './principal.ts'
import { SITE_ADMIN_ONLY } from './site-admin.ts'
import type { AccessServices } from './user-routes.ts'

const NewOrganization = Type.Object(
  {
    name: Type.String(),
    /** Login of the first admin, who is made when there is no such person. Absent: the caller. */
    admin: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  },
  { additionalProperties: false },
)

/** Answered when an organization was made; the token only for an admin who was made with it, and never again. */
interface MadeOrganization {
  readonly id: string
  readonly name: string
  readonly admin: string
  readonly adminToken?: { readonly id: string; readonly tokenValue: string }
}

export function organizationRoutes(app: FastifyInstance, services: AccessServices): void {
  const { db, tokens } = services

  app.post<{ Body: Static<typeof NewOrganization> }>(
    '/api/daypass/orgs',
    { schema: { body: NewOrganization } },
    async (request, reply) => {
      const caller = userOf(request)
      if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      const { name, admin } = request.body
      const refusal = badName('name', name) ?? (admin ? badName('admin', admin) : undefined)
      if (refusal) return refuse(reply, refusal)
      const login = admin ?? caller.login
      try {
        const made = await db.transaction((tx) =>
          makeOrganization(tx, services, { name, login, actor: actorOf(caller) }),
        )
        tokens.forget()
        return reply.code(201).send(made)
      } catch (error) {
        if (isUniqueViolation(error, 'organizations_name_key')) return refuse(reply, nameTaken(name))
        throw error
      }
    },
  )
}

async function makeOrganization(
  tx: Queryable,
  services: AccessServices,
  wanted: { name: string; login: string; actor: string },
): Promise<MadeOrganization> {
  const { name, login, actor } = wanted
  const id = services.randomUuid()
  await insertOrganization(tx, { id, name })
  await recordAudit(tx, {
    organizationId: id,
    actor,
    action: 'organization.created',
    target: name,
    details: { admin: login },
  })
  const known = await findPerson(tx, login)
  if (known !== undefined) {
    await insertMember(tx, { organizationId: id, userId: known.id, role: 'admin' })
    return { id, name, admin: login }
  }
  const person = { login, name: login, email: '', siteAdmin: false }
  const why = `Made together with the organization ${name}`
  const made = await makePerson(tx, services, person, { actor, organizationId: id, why })
  await insertMember(tx, { organizationId: id, userId: made.id, role: 'admin' })
  return { id, name, admin: login, adminToken: made.token }
}

function nameTaken(name: string): Refusal {
  return {
    status: 409,
    reason: 'organization_exists',
    message: `There is already an organization "${name}".`,
  }
}
