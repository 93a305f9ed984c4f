/** Registering issuers, changing and deleting them: what is checked before, and what goes with it. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { RegisterIssuerRequest, UpdateIssuerRequest } from '@daypass/contract/oidc-login.ts'
import { recordAudit } from '../../audit/audit.ts'
import type { Database } from '../../db/database.ts'
import { isUniqueViolation } from '../../db/errors.ts'
import { isRefusal } from '../../refuse.ts'
import type { TokenLookup } from '../token-lookup.ts'
import { endEverythingOf, renameUsersOf } from './exchanged.sql.ts'
import type { FetchDocument } from './fetch-document.ts'
import {
  deleteIssuerRow,
  findIssuer,
  type IssuerRow,
  type IssuerSettings,
  insertIssuer,
  lockIssuer,
  saveIssuer,
} from './issuer.sql.ts'
import { badIssuer, loginStart, readIssuerUrl, readKeySet, readThumbprints, unreachable } from './issuer.ts'
import { discover, fetchKeys, type IssuerKeys } from './issuer-keys.ts'
import { insertPolicies } from './policy.sql.ts'
import { DENY_ALL } from './policy.ts'

export interface RegistryServices {
  readonly db: Database
  readonly tokens: TokenLookup
  readonly randomUuid: () => string
  readonly fetchDocument: FetchDocument
  readonly issuerKeys: IssuerKeys
}

/** An admin of the organization. */
export interface Registrar {
  readonly organizationId: string
  readonly organization: string
  readonly actor: string
}

export async function registerIssuer(
  services: RegistryServices,
  { organizationId, actor }: Registrar,
  request: RegisterIssuerRequest,
): Promise<IssuerRow | Refusal> {
  const { db, randomUuid } = services
  const settings = readSettings(request)
  if (isRefusal(settings)) return settings
  const place = await findOut(services, request.url, settings)
  if (isRefusal(place)) return place
  const id = randomUuid()
  const register = db.transaction(async (tx) => {
    await insertIssuer(tx, { id, organizationId, ...place, ...settings })
    await insertPolicies(tx, { id: randomUuid(), issuerId: id, policies: DENY_ALL })
    const action = 'oidc_issuer.registered'
    await recordAudit(tx, { organizationId, actor, action, target: settings.name, details: { id, ...place } })
    return (await findIssuer(tx, organizationId, id)) ?? noSuchIssuer
  })
  return register.catch(issuerTaken)
}

/** @param change What is not given stays; its URL always does. */
export async function changeIssuer(
  { db, tokens, issuerKeys }: RegistryServices,
  { organizationId, organization, actor }: Registrar,
  issuerId: string,
  change: (before: IssuerSettings) => IssuerSettings | Refusal,
): Promise<IssuerRow | Refusal> {
  const save = db.transaction(async (tx) => {
    const before = await lockIssuer(tx, organizationId, issuerId)
    if (before === undefined) return noSuchIssuer
    const after = change(before)
    if (isRefusal(after)) return after
    await saveIssuer(tx, issuerId, after)
    const [startBefore, start] = [loginStart(organization, before.name), loginStart(organization, after.name)]
    if (start !== startBefore) await renameUsersOf(tx, issuerId, { startBefore, start, name: after.name })
    const details = {
      nameBefore: before.name,
      thumbprints: after.thumbprints,
      maxExpirationSeconds: after.maxExpirationSeconds,
      keysByHand: after.jwks !== null,
    }
    await recordAudit(tx, {
      organizationId,
      actor,
      action: 'oidc_issuer.changed',
      target: after.name,
      details,
    })
    return (await findIssuer(tx, organizationId, issuerId)) ?? noSuchIssuer
  })
  const saved = await save.catch(issuerTaken)
  issuerKeys.forget(issuerId)
  tokens.forget()
  return saved
}

/** What a request changes of the settings before. */
export function changedBy(
  request: UpdateIssuerRequest,
): (before: IssuerSettings) => IssuerSettings | Refusal {
  return (before) => {
    const given = readSettings({ ...request, name: request.name ?? before.name })
    if (isRefusal(given)) return given
    return {
      name: given.name,
      thumbprints: request.thumbprints ? given.thumbprints : before.thumbprints,
      maxExpirationSeconds: given.maxExpirationSeconds ?? before.maxExpirationSeconds,
      jwks: given.jwks ?? before.jwks,
    }
  }
}

/** Takes the certificate that the issuer shows now, and no other from then on. */
export async function pinCertificate(
  services: RegistryServices,
  registrar: Registrar,
  issuerId: string,
): Promise<IssuerRow | Refusal> {
  const issuer = await findIssuer(services.db, registrar.organizationId, issuerId)
  if (issuer === undefined) return noSuchIssuer
  if (issuer.jwks !== null)
    return badIssuer('The keys of this issuer were given by hand: nothing is fetched from it.')
  const shown = await discover(services.fetchDocument, issuer.url, []).catch(unreachable)
  if (isRefusal(shown)) return shown
  const { thumbprint } = shown
  if (thumbprint === undefined)
    return badIssuer('This issuer is reached over http, where there is no certificate.')
  return changeIssuer(services, registrar, issuerId, (before) => ({ ...before, thumbprints: [thumbprint] }))
}

/** With every token that came of it. */
export async function deleteIssuer(
  { db, tokens, issuerKeys }: RegistryServices,
  { organizationId, actor }: Registrar,
  issuerId: string,
): Promise<Refusal | undefined> {
  const refusal = await db.transaction(async (tx) => {
    const issuer = await lockIssuer(tx, organizationId, issuerId)
    if (issuer === undefined) return noSuchIssuer
    await endEverythingOf(tx, issuerId)
    await deleteIssuerRow(tx, issuerId)
    const details = { id: issuerId, url: issuer.url }
    await recordAudit(tx, {
      organizationId,
      actor,
      action: 'oidc_issuer.deleted',
      target: issuer.name,
      details,
    })
    return undefined
  })
  issuerKeys.forget(issuerId)
  tokens.forget()
  return refusal
}

function readSettings({
  name,
  thumbprints,
  maxExpiration,
  jwks,
}: Omit<RegisterIssuerRequest, 'url'>): IssuerSettings | Refusal {
  const prints = readThumbprints(thumbprints)
  if (isRefusal(prints)) return prints
  const keys = readKeySet(jwks)
  if (isRefusal(keys)) return keys
  return { name, thumbprints: prints, maxExpirationSeconds: maxExpiration || null, jwks: keys }
}

/** What it calls itself; its keys are fetched as well, so that a mistake shows now and not at the first login. */
async function findOut(
  { fetchDocument }: RegistryServices,
  given: string,
  { thumbprints, jwks }: IssuerSettings,
): Promise<{ readonly url: string; readonly issuer: string } | Refusal> {
  const url = readIssuerUrl(given)
  if (isRefusal(url)) return url
  if (jwks !== null && !url.startsWith('https:'))
    return badIssuer('The field "url" of the body must be an https URL.')
  if (jwks !== null) return { url, issuer: url }
  const fetched = async () => {
    const { issuer } = await discover(fetchDocument, url, thumbprints)
    await fetchKeys(fetchDocument, { url, issuer, thumbprints })
    return { url, issuer }
  }
  return fetched().catch(unreachable)
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
