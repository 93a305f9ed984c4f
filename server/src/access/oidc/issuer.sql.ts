/** Registered issuers. */
import type { JSONWebKeySet } from 'jose'
import type { Queryable } from '../../db/database.ts'
import type { IssuerPlace } from './issuer-keys.ts'

export interface IssuerRow extends IssuerPlace {
  readonly organizationId: string
  readonly name: string
  readonly maxExpirationSeconds: number | null
  readonly createdAt: Date
  readonly modifiedAt: Date
  readonly lastUsedAt: Date | null
}

const COLUMNS = /* sql */ `
  i.id, i.organization_id as "organizationId", i.name, i.url, i.issuer, i.thumbprints, i.jwks,
  i.max_expiration_seconds as "maxExpirationSeconds", i.created_at as "createdAt", i.modified_at as "modifiedAt",
  i.last_used_at as "lastUsedAt"`

export async function listIssuers(db: Queryable, organizationId: string): Promise<IssuerRow[]> {
  const text = `select ${COLUMNS} from oidc_issuers i where i.organization_id = $1 order by i.name`
  return (await db.query<IssuerRow>(text, [organizationId])).rows
}

const FIND = `select ${COLUMNS} from oidc_issuers i where i.organization_id = $1 and i.id = $2`

export async function findIssuer(
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<IssuerRow | undefined> {
  return (await db.query<IssuerRow>(FIND, [organizationId, id])).rows[0]
}

/** Waits for exchanges that use it; later ones wait for us. */
export async function lockIssuer(
  tx: Queryable,
  organizationId: string,
  id: string,
): Promise<IssuerRow | undefined> {
  return (await tx.query<IssuerRow>(`${FIND} for update`, [organizationId, id])).rows[0]
}

export interface IssuerOfToken extends IssuerRow {
  readonly organization: string
  readonly maxTokenDays: number | null
}

const BY_TOKEN = {
  name: 'oidc-issuer-of-token',
  text: /* sql */ `
    select ${COLUMNS}, o.name as organization, o.max_token_days as "maxTokenDays"
      from oidc_issuers i join organizations o on o.id = i.organization_id
     where o.name = $1 and i.issuer = $2`,
}

export async function findIssuerOfToken(
  db: Queryable,
  organization: string,
  issuer: string,
): Promise<IssuerOfToken | undefined> {
  return (await db.query<IssuerOfToken>(BY_TOKEN, [organization, issuer])).rows[0]
}

/** What its admins may say about an issuer, and change. */
export interface IssuerSettings {
  readonly name: string
  readonly thumbprints: readonly string[]
  readonly maxExpirationSeconds: number | null
  readonly jwks: JSONWebKeySet | null
}

export interface NewIssuer extends IssuerSettings {
  readonly id: string
  readonly organizationId: string
  readonly url: string
  readonly issuer: string
}

export async function insertIssuer(tx: Queryable, issuer: NewIssuer): Promise<void> {
  await tx.query(
    /* sql */ `
    insert into oidc_issuers (id, organization_id, name, url, issuer, thumbprints, max_expiration_seconds, jwks)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      issuer.id,
      issuer.organizationId,
      issuer.name,
      issuer.url,
      issuer.issuer,
      issuer.thumbprints,
      issuer.maxExpirationSeconds,
      issuer.jwks && JSON.stringify(issuer.jwks),
    ],
  )
}

export async function saveIssuer(tx: Queryable, id: string, issuer: IssuerSettings): Promise<void> {
  const { name, thumbprints, maxExpirationSeconds, jwks } = issuer
  await tx.query(
    /* sql */ `
    update oidc_issuers
       set name = $2, thumbprints = $3, max_expiration_seconds = $4, jwks = $5, modified_at = now()
     where id = $1`,
    [id, name, thumbprints, maxExpirationSeconds, jwks && JSON.stringify(jwks)],
  )
}

export async function deleteIssuerRow(tx: Queryable, id: string): Promise<void> {
  await tx.query('delete from oidc_issuers where id = $1', [id])
}

/** To the minute. */
export async function touchIssuer(tx: Queryable, issuerId: string): Promise<void> {
  await tx.query(
    /* sql */ `
    update oidc_issuers set last_used_at = now()
     where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    [issuerId],
  )
}
