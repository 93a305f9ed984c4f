/** `/api/daypass/users`: the people of the installation, for its admins. Pulumi's service has no such routes. */
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { isRefusal, refuse } from '../refuse.ts'
import { userOf } from './authenticate.ts'
import { deactivatePerson, makePerson, reactivatePerson } from './person.ts'
import { actorOf } from './principal.ts'
import { SITE_ADMIN_ONLY } from './site-admin.ts'
import { listPeople } from './user.sql.ts'
import type { AccessServices } from './user-routes.ts'

const USERS_PATH = '/api/daypass/users'

const NewUser = Type.Object(
  {
    login: Type.String(),
    name: Type.Optional(Type.Union([Type.String({ maxLength: 100 }), Type.Null()])),
    email: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
    siteAdmin: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
const User = Type.Object({
  id: Type.String(),
  login: Type.String(),
  name: Type.String(),
  email: Type.String(),
  siteAdmin: Type.Boolean(),
})
const MadeUser = Type.Object({
  ...User.properties,
  /** Shown this once. */
  token: Type.Object({ id: Type.String(), tokenValue: Type.String() }),
})
const Users = Type.Object({
  users: Type.Array(Type.Object({ ...User.properties, created: Type.String(), deactivated: Type.Boolean() })),
  continuationToken: Type.Optional(Type.String()),
})
const OneUser = Type.Object({ login: Type.String() })
const ListQuery = Type.Object({ continuationToken: Type.Optional(Type.String()) })
const NOTHING = Type.Null({ description: 'Nothing.' })
const PAGE = 500
const TAGS = ['People']

export function personRoutes(app: FastifyInstance, services: AccessServices): void {
  const { db, tokens } = services

  app.get<{ Querystring: Static<typeof ListQuery> }>(
    USERS_PATH,
    {
      schema: {
        summary: 'List the people of the installation',
        tags: TAGS,
        querystring: ListQuery,
        response: { 200: Users },
      },
    },
    async (request, reply) => {
      if (!userOf(request).siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      const after = request.query.continuationToken ?? ''
      const rows = await listPeople(db, { after, limit: PAGE + 1 })
      const page = rows.slice(0, PAGE)
      const last = rows.length > PAGE ? page.at(-1) : undefined
      const users = page.map(({ createdAt, deactivatedAt, ...user }) => ({
        ...user,
        created: createdAt.toISOString(),
        deactivated: deactivatedAt !== null,
      }))
      return { users, ...(last && { continuationToken: last.login }) }
    },
  )

  app.post<{ Body: Static<typeof NewUser> }>(
    USERS_PATH,
    { schema: { summary: 'Add a person', tags: TAGS, body: NewUser, response: { 201: MadeUser } } },
    async (request, reply) => {
      const caller = userOf(request)
      if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      const { login, name, email, siteAdmin } = request.body
      const person = { login, name: name || login, email: email ?? '', siteAdmin: siteAdmin === true }
      const made = await makePerson(services, actorOf(caller), person)
      return isRefusal(made) ? refuse(reply, made) : reply.code(201).send(made)
    },
  )

  for (const [word, act, summary] of [
    ['deactivate', deactivatePerson, 'Refuse all tokens of a person'],
    ['reactivate', reactivatePerson, 'Let a person in again'],
  ] as const) {
    app.post<{ Params: Static<typeof OneUser> }>(
      `${USERS_PATH}/:login/${word}`,
      { schema: { summary, tags: TAGS, params: OneUser, response: { 204: NOTHING } } },
      async (request, reply) => {
        const caller = userOf(request)
        if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
        const refusal = await act(db, actorOf(caller), request.params.login)
        tokens.forget()
        return refusal ? refuse(reply, refusal) : reply.code(204).send()
      },
    )
  }
}
