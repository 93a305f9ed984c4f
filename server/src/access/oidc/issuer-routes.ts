/** Registering issuers, for admins of an organization, in the shapes of Pulumi's API. */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  ISSUER_PATH,
  ISSUERS_PATH,
  ListIssuersResponse,
  OidcIssuer,
  RegisterIssuerRequest,
  UpdateIssuerRequest,
} from '@daypass/contract/oidc-login.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { isRefusal, refuse } from '../../refuse.ts'
import { adminOf } from '../organization.ts'
import { actorOf } from '../principal.ts'
import { findIssuer, type IssuerRow, listIssuers } from './issuer.sql.ts'
import { issuerAnswer } from './issuer.ts'
import {
  changedBy,
  changeIssuer,
  deleteIssuer,
  noSuchIssuer,
  pinCertificate,
  type Registrar,
  type RegistryServices,
  registerIssuer,
} from './registry.ts'

const InOrganization = Type.Object({ organization: Type.String() })
type InOrganization = Static<typeof InOrganization>
const IssuerId = Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const OneIssuer = Type.Object({ organization: Type.String(), issuerId: IssuerId })
type OneIssuer = Static<typeof OneIssuer>
const NOTHING = Type.Null({ description: 'Nothing.' })

export function issuerRegistryRoutes(app: FastifyInstance, services: RegistryServices): void {
  const { db } = services
  const tags = ['OIDC logins']
  const oneOf = { tags, params: OneIssuer, response: { 200: OidcIssuer } }

  app.get<{ Params: InOrganization }>(
    ISSUERS_PATH,
    {
      schema: {
        operationId: 'listOidcIssuers',
        summary: 'List the issuers whose tokens are taken for logins',
        tags,
        params: InOrganization,
        response: { 200: ListIssuersResponse },
      },
    },
    async (request, reply) => {
      const registrar = registrarOf(request)
      if (isRefusal(registrar)) return refuse(reply, registrar)
      return { oidcIssuers: (await listIssuers(db, registrar.organizationId)).map(issuerAnswer) }
    },
  )

  app.post<{ Params: InOrganization; Body: RegisterIssuerRequest }>(
    ISSUERS_PATH,
    {
      schema: {
        operationId: 'registerOidcIssuer',
        summary: 'Register an issuer; until its policies are changed its tokens are worth nothing',
        tags,
        params: InOrganization,
        body: RegisterIssuerRequest,
        response: { 200: OidcIssuer },
      },
    },
    async (request, reply) => {
      const registrar = registrarOf(request)
      if (isRefusal(registrar)) return refuse(reply, registrar)
      return answer(reply, await registerIssuer(services, registrar, request.body))
    },
  )

  app.get<{ Params: OneIssuer }>(
    ISSUER_PATH,
    { schema: { ...oneOf, operationId: 'getOidcIssuer', summary: 'Read an issuer' } },
    async (request, reply) => {
      const registrar = registrarOf(request)
      if (isRefusal(registrar)) return refuse(reply, registrar)
      const issuer = await findIssuer(db, registrar.organizationId, request.params.issuerId)
      return answer(reply, issuer ?? noSuchIssuer)
    },
  )

  app.patch<{ Params: OneIssuer; Body: UpdateIssuerRequest }>(
    ISSUER_PATH,
    {
      schema: {
        ...oneOf,
        body: UpdateIssuerRequest,
        operationId: 'updateOidcIssuer',
        summary: 'Change an issuer; its URL stays',
      },
    },
    async (request, reply) => {
      const registrar = registrarOf(request)
      if (isRefusal(registrar)) return refuse(reply, registrar)
      const { params, body } = request
      return answer(reply, await changeIssuer(services, registrar, params.issuerId, changedBy(body)))
    },
  )

  app.post<{ Params: OneIssuer }>(
    `${ISSUER_PATH}/regenerate-thumbprints`,
    {
      schema: {
        ...oneOf,
        operationId: 'regenerateThumbprints',
        summary: 'Take the certificate that the issuer shows now, and no other from then on',
      },
    },
    async (request, reply) => {
      const registrar = registrarOf(request)
      if (isRefusal(registrar)) return refuse(reply, registrar)
      return answer(reply, await pinCertificate(services, registrar, request.params.issuerId))
    },
  )

  app.delete<{ Params: OneIssuer }>(
    ISSUER_PATH,
    {
      schema: {
        operationId: 'deleteOidcIssuer',
        summary: 'Delete an issuer and revoke every token that came of it',
        tags,
        params: OneIssuer,
        response: { 204: NOTHING },
      },
    },
    async (request, reply) => {
      const registrar = registrarOf(request)
      if (isRefusal(registrar)) return refuse(reply, registrar)
      const refusal = await deleteIssuer(services, registrar, request.params.issuerId)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

function registrarOf({ principal, params }: FastifyRequest<{ Params: InOrganization }>): Registrar | Refusal {
  const membership = adminOf(principal, params.organization)
  return isRefusal(membership) ? membership : { ...membership, actor: actorOf(principal) }
}

function answer(reply: FastifyReply, issuer: IssuerRow | Refusal) {
  return isRefusal(issuer) ? refuse(reply, issuer) : issuerAnswer(issuer)
}
