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
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../../audit/audit.ts'
import type { Database } from '../../db/database.ts'
import { isUniqueViolation } from '../../db/errors.ts'
import { isRefusal, refuse } from '../../refuse.ts'
import { revokeTokensFrom } from '../access-token.sql.ts'
import { adminOf } from '../organization.ts'
import { actorOf, type Membership } from '../principal.ts'
import type { TokenLookup } from '../token-lookup.ts'
import type { FetchDocument } from './fetch-document.ts'
import {
  deleteIssuerRow,
  findIssuer,
  type IssuerRow,
  insertIssuer,
  insertPolicies,
  listIssuers,
  lockIssuer,
  saveIssuer,
} from './issuer.sql.ts'
import { badIssuer, issuerAnswer, readIssuerUrl, readKeySet, readThumbprints, unreachable } from './issuer.ts'
import { discover, type IssuerKeys } from './issuer-keys.ts'
import { DENY_ALL } from './policy.ts'

export interface IssuerServices {
  readonly db: Database
  readonly tokens: TokenLookup
  readonly randomUuid: () => string
  readonly fetchDocument: FetchDocument
  readonly issuerKeys: IssuerKeys
}

const InOrganization = Type.Object({ organization: Type.String() })
const IssuerId = Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const OneIssuer = Type.Object({ organization: Type.String(), issuerId: IssuerId })
type OneIssuer = Static<typeof OneIssuer>
const NOTHING = Type.Null({ description: 'Nothing.' })

export function issuerRegistryRoutes(app: FastifyInstance, services: IssuerServices): void {
  const { db, tokens, randomUuid, fetchDocument, issuerKeys } = services
  const tags = ['OIDC logins']
  const oneOf = { tags, params: OneIssuer, response: { 200: OidcIssuer } }

  app.get<{ Params: Static<typeof InOrganization> }>(
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
    async ({ principal, params }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      return { oidcIssuers: (await listIssuers(db, membership.organizationId)).map(issuerAnswer) }
    },
  )

  app.post<{ Params: Static<typeof InOrganization>; Body: RegisterIssuerRequest }>(
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
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId } = membership
      const read = await readNewIssuer(body)
      if (isRefusal(read)) return refuse(reply, read)
      const id = randomUuid()
      const registered = db.transaction(async (tx) => {
        await insertIssuer(tx, { id, organizationId, ...read })
        await insertPolicies(tx, { id: randomUuid(), issuerId: id, policies: DENY_ALL })
        const actor = actorOf(principal)
        const details = { id, url: read.url, issuer: read.issuer }
        await recordAudit(tx, {
          organizationId,
          actor,
          action: 'oidc_issuer.registered',
          target: read.name,
          details,
        })
        return undefined
      })
      const refusal = await registered.catch(issuerTaken)
      if (refusal) return refuse(reply, refusal)
      const row = await findIssuer(db, organizationId, id)
      return row ? issuerAnswer(row) : refuse(reply, noSuchIssuer)
    },
  )

  app.get<{ Params: OneIssuer }>(
    ISSUER_PATH,
    { schema: { ...oneOf, operationId: 'getOidcIssuer', summary: 'Read an issuer' } },
    async (request, reply) => {
      const found = await issuerIn(request)
      return isRefusal(found) ? refuse(reply, found) : issuerAnswer(found.issuer)
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
      const { body } = request
      const thumbprints = readThumbprints(body.thumbprints)
      if (isRefusal(thumbprints)) return refuse(reply, thumbprints)
      const jwks = readKeySet(body.jwks)
      if (isRefusal(jwks)) return refuse(reply, jwks)
      return change(request, reply, (before) => ({
        name: body.name ?? before.name,
        thumbprints: body.thumbprints ? thumbprints : before.thumbprints,
        maxExpirationSeconds: body.maxExpiration || before.maxExpirationSeconds,
        jwks: jwks ?? before.jwks,
      }))
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
      const found = await issuerIn(request)
      if (isRefusal(found)) return refuse(reply, found)
      if (found.issuer.jwks !== null)
        return refuse(
          reply,
          badIssuer('The keys of this issuer were given by hand: nothing is fetched from it.'),
        )
      const shown = await discover(fetchDocument, found.issuer.url, []).catch(unreachable)
      if (isRefusal(shown)) return refuse(reply, shown)
      const { thumbprint } = shown
      if (thumbprint === undefined)
        return refuse(reply, badIssuer('This issuer is reached over http, where there is no certificate.'))
      return change(request, reply, (before) => ({ ...before, thumbprints: [thumbprint] }))
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
      const found = await issuerIn(request)
      if (isRefusal(found)) return refuse(reply, found)
      const { organizationId } = found.membership
      const deleted = await db.transaction(async (tx) => {
        const issuer = await lockIssuer(tx, organizationId, request.params.issuerId)
        if (issuer === undefined) return false
        await revokeTokensFrom(tx, { issuerId: issuer.id })
        await deleteIssuerRow(tx, issuer.id)
        const actor = actorOf(request.principal)
        await recordAudit(tx, { organizationId, actor, action: 'oidc_issuer.deleted', target: issuer.name })
        return true
      })
      if (!deleted) return refuse(reply, noSuchIssuer)
      issuerKeys.forget(request.params.issuerId)
      tokens.forget()
      return reply.code(204).send()
    },
  )

  async function change(
    request: FastifyRequest<{ Params: OneIssuer }>,
    reply: Parameters<typeof refuse>[0],
    changed: (before: IssuerRow) => Pick<IssuerRow, 'name' | 'thumbprints' | 'maxExpirationSeconds' | 'jwks'>,
  ) {
    const membership = adminOf(request.principal, request.params.organization)
    if (isRefusal(membership)) return refuse(reply, membership)
    const { organizationId } = membership
    const { issuerId } = request.params
    const saved = db.transaction(async (tx) => {
      const before = await lockIssuer(tx, organizationId, issuerId)
      if (before === undefined) return noSuchIssuer
      const after = changed(before)
      await saveIssuer(tx, { ...after, id: issuerId })
      const details = {
        nameBefore: before.name,
        thumbprints: after.thumbprints,
        maxExpirationSeconds: after.maxExpirationSeconds,
        keysByHand: after.jwks !== null,
      }
      const actor = actorOf(request.principal)
      await recordAudit(tx, {
        organizationId,
        actor,
        action: 'oidc_issuer.changed',
        target: after.name,
        details,
      })
      return undefined
    })
    const refusal = await saved.catch(issuerTaken)
    if (refusal) return refuse(reply, refusal)
    issuerKeys.forget(issuerId)
    const row = await findIssuer(db, organizationId, issuerId)
    return row ? issuerAnswer(row) : refuse(reply, noSuchIssuer)
  }

  async function issuerIn({
    principal,
    params,
  }: FastifyRequest<{ Params: OneIssuer }>): Promise<
    { membership: Membership; issuer: IssuerRow } | Refusal
  > {
    const membership = adminOf(principal, params.organization)
    if (isRefusal(membership)) return membership
    const issuer = await findIssuer(db, membership.organizationId, params.issuerId)
    return issuer ? { membership, issuer } : noSuchIssuer
  }

  async function readNewIssuer(body: RegisterIssuerRequest) {
    const url = readIssuerUrl(body.url)
    if (isRefusal(url)) return url
    const thumbprints = readThumbprints(body.thumbprints)
    if (isRefusal(thumbprints)) return thumbprints
    const jwks = readKeySet(body.jwks)
    if (isRefusal(jwks)) return jwks
    const { name } = body
    const common = { name, url, thumbprints, maxExpirationSeconds: body.maxExpiration || null, jwks }
    if (jwks !== null && !url.startsWith('https:'))
      return badIssuer('The field "url" of the body must be an https URL.')
    if (jwks !== null) return { ...common, issuer: url }
    const found = await findOut(url, thumbprints).catch(unreachable)
    return isRefusal(found) ? found : { ...common, issuer: found }
  }

  /** What it calls itself; its keys are fetched as well, so that a mistake shows now and not at the first login. */
  async function findOut(url: string, thumbprints: readonly string[]): Promise<string> {
    const { issuer } = await discover(fetchDocument, url, thumbprints)
    const id = randomUuid()
    await issuerKeys.keysOf({ id, url, issuer, thumbprints, jwks: null }).finally(() => issuerKeys.forget(id))
    return issuer
  }
}

function issuerTaken(error: unknown): Refusal {
  const isName = isUniqueViolation(error, 'oidc_issuers_organization_id_name_key')
  if (!isName && !isUniqueViolation(error, 'oidc_issuers_organization_id_issuer_key')) throw error
  const message = isName
    ? 'Conflict: this organization has an issuer of that name already.'
    : 'Conflict: this organization has registered that issuer already.'
  return { status: 409, reason: 'issuer_exists', message }
}

export const noSuchIssuer: Refusal = {
  status: 404,
  reason: 'issuer_not_found',
  message: 'Not Found: this organization has registered no issuer with this id.',
}
