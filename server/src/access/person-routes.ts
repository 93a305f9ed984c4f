/** Making and deactivating people: for admins of the installation. Our own routes; Pulumi's service has accounts instead. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { isRefusal, refuse } from '../refuse.ts'
import { userOf } from './authenticate.ts'
import { listPeople } from './person.sql.ts'
import { badName, changeActivity, lastAdmin, loginTaken, makePerson } from './person.ts'
import { actorOf, type UserPrincipal } from './principal.ts'
import { SITE_ADMIN_ONLY } from './site-admin.ts'
import type { AccessServices } from './user-routes.ts'

const NewPersonBody = Type.Object(
  {
    login: Type.String(),
    /** Absent: the login. */
    name: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
    email: Type.Optional(Type.Union([Type.String({ maxLength: 254 }), Type.Null()])),
    siteAdmin: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  },
  { additionalProperties: false },
)
const MadePerson = Type.Object({
  id: Type.String(),
  login: Type.String(),
  /** Shown this once. */
  token: Type.Object({ id: Type.String(), tokenValue: Type.String() }),
})
const PersonAnswer = Type.Object({
  id: Type.String(),
  login: Type.String(),
  name: Type.String(),
  email: Type.String(),
  siteAdmin: Type.Boolean(),
  created: Type.String(),
  deactivated: Type.Boolean(),
})
const People = Type.Object({
  users: Type.Array(PersonAnswer),
  continuationToken: Type.Optional(Type.String()),
})
const Page = Type.Object({ continuationToken: Type.Optional(Type.String({ maxLength: 100 })) })
const OnePerson = Type.Object({ login: Type.String({ maxLength: 100 }) })
type OnePerson = Static<typeof OnePerson>

const PATH = '/api/daypass/users'
const PAGE = 100

export function personRoutes(app: FastifyInstance, services: AccessServices): void {
  const { db, tokens } = services
  const tags = ['Users']

  app.get<{ Querystring: Static<typeof Page> }>(
    PATH,
    {
      schema: {
        summary: 'List the people of the installation',
        tags,
        querystring: Page,
        response: { 200: People },
      },
    },
    async (request, reply) => {
      if (!userOf(request).siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      const rows = await listPeople(db, { after: request.query.continuationToken ?? '', limit: PAGE + 1 })
      const last = rows.length > PAGE ? rows[PAGE - 1] : undefined
      return {
        users: rows.slice(0, PAGE).map(({ createdAt, deactivatedAt, ...person }) => ({
          ...person,
          created: createdAt.toISOString(),
          deactivated: deactivatedAt !== null,
        })),
        ...(last && { continuationToken: last.login }),
      }
    },
  )

  app.post<{ Body: Static<typeof NewPersonBody> }>(
    PATH,
    {
      schema: {
        summary: 'Make a person and their first access token',
        tags,
        body: NewPersonBody,
        response: { 201: MadePerson },
      },
    },
    async (request, reply) => {
      const caller = siteAdminOf(request)
      if (caller === undefined) return refuse(reply, SITE_ADMIN_ONLY)
      const { login, name, email, siteAdmin } = request.body
      const bad = badName('login', login)
      if (bad) return refuse(reply, bad)
      const person = { login, name: name || login, email: email ?? '', siteAdmin: siteAdmin === true }
      const made = await db
        .transaction((tx) =>
          makePerson(tx, services, person, {
            actor: actorOf(caller),
            organizationId: null,
            why: 'Made together with the user',
          }),
        )
        .catch((error: unknown) => loginTaken(error, login))
      return isRefusal(made) ? refuse(reply, made) : reply.code(201).send({ ...made, login })
    },
  )

  for (const [word, deactivated] of [
    ['deactivate', true],
    ['reactivate', false],
  ] as const) {
    app.post<{ Params: OnePerson }>(
      `${PATH}/:login/${word}`,
      {
        schema: {
          summary: deactivated
            ? 'Let a person’s tokens do nothing any more'
            : 'Let a person’s tokens work again',
          tags,
          params: OnePerson,
          response: { 204: Type.Null({ description: 'Nothing.' }) },
        },
      },
      async (request, reply) => {
        const caller = siteAdminOf(request)
        if (caller === undefined) return refuse(reply, SITE_ADMIN_ONLY)
        const refusal = await db
          .transaction((tx) =>
            changeActivity(tx, request.params.login, { deactivated, actor: actorOf(caller) }),
          )
          .catch(lastAdmin)
        if (refusal) return refuse(reply, refusal)
        tokens.forget()
        return reply.code(204).send()
      },
    )
  }
}

function siteAdminOf(request: FastifyRequest): UserPrincipal | undefined {
  const caller = userOf(request)
  return caller.siteAdmin ? caller : undefined
}
