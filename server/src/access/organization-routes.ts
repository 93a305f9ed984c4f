/** Making organizations: for admins of the installation. */

import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { refuse } from '../refuse.ts'
import { insertAccessToken } from './access-token.sql.ts'
import { userOf } from './authenticate.ts'
import { isReservedName, NAME_PATTERN, NAME_RULE } from './name.ts'
import { findUserId, insertMember, insertOrganization, insertUser } from './organization.sql.ts'
import { actorOf } from './principal.ts'
import { SITE_ADMIN_ONLY } from './site-admin.ts'
import { hashToken, makeToken } from './token.ts'
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
  { randomBytes, randomUuid }: AccessServices,
  wanted: { name: string; login: string; actor: string },
): Promise<MadeOrganization> {
  const { name, login, actor } = wanted
  const id = randomUuid()
  await insertOrganization(tx, { id, name })
  await recordAudit(tx, {
    organizationId: id,
    actor,
    action: 'organization.created',
    target: name,
    details: { admin: login },
  })
  const known = await findUserId(tx, login)
  const userId = known ?? randomUuid()
  if (known === undefined) {
    await insertUser(tx, { id: userId, login, name: login, siteAdmin: false })
    await recordAudit(tx, { organizationId: id, actor, action: 'user.created', target: login })
  }
  await insertMember(tx, { organizationId: id, userId, role: 'admin' })
  if (known !== undefined) return { id, name, admin: login }

  const tokenValue = makeToken('access', randomBytes)
  const tokenId = randomUuid()
  const description = `Made together with the organization ${name}`
  await insertAccessToken(tx, {
    id: tokenId,
    userId,
    tokenHash: hashToken(tokenValue),
    description,
    expiresAt: null,
  })
  await recordAudit(tx, {
    organizationId: id,
    actor,
    action: 'token.created',
    target: tokenId,
    details: { login },
  })
  return { id, name, admin: login, adminToken: { id: tokenId, tokenValue } }
}

function badName(field: string, given: string): Refusal | undefined {
  const refusal = (message: string): Refusal => ({ status: 400, reason: 'invalid_name', message })
  if (!NAME_PATTERN.test(given)) return refusal(`The field "${field}" of the body must have ${NAME_RULE}.`)
  if (isReservedName(given))
    return refusal(`"${given}" is a reserved name: choose another for the field "${field}".`)
  return undefined
}

function nameTaken(name: string): Refusal {
  return {
    status: 409,
    reason: 'organization_exists',
    message: `There is already an organization "${name}".`,
  }
}
