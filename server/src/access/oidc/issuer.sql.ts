/** Registered issuers and their policies. */
import type { JSONWebKeySet } from 'jose'
import type { Queryable } from '../../db/database.ts'
import type { IssuerPlace } from './issuer-keys.ts'
import type { Policy } from './policy.ts'

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

export async function findIssuer(
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<IssuerRow | undefined> {
  const text = `select ${COLUMNS} from oidc_issuers i where i.organization_id = $1 and i.id = $2`
  return (await db.query<IssuerRow>(text, [organizationId, id])).rows[0]
}

/** Waits for exchanges that use it; later ones wait for us. */
export async function lockIssuer(
  tx: Queryable,
  organizationId: string,
  id: string,
): Promise<IssuerRow | undefined> {
  const text = `select ${COLUMNS} from oidc_issuers i where i.organization_id = $1 and i.id = $2 for update`
  return (await tx.query<IssuerRow>(text, [organizationId, id])).rows[0]
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

export interface NewIssuer {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly url: string
  readonly issuer: string
  readonly thumbprints: readonly string[]
  readonly maxExpirationSeconds: number | null
  readonly jwks: JSONWebKeySet | null
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

export async function saveIssuer(
  tx: Queryable,
  issuer: Pick<NewIssuer, 'id' | 'name' | 'thumbprints' | 'maxExpirationSeconds' | 'jwks'>,
): Promise<void> {
  await tx.query(
    /* sql */ `
    update oidc_issuers
       set name = $2, thumbprints = $3, max_expiration_seconds = $4, jwks = $5, modified_at = now()
     where id = $1`,
    [
      issuer.id,
      issuer.name,
      issuer.thumbprints,
      issuer.maxExpirationSeconds,
      issuer.jwks && JSON.stringify(issuer.jwks),
    ],
  )
}

/** Its tokens were revoked before; the users that they acted as stay, for old records name them, without rights. */
export async function deleteIssuerRow(tx: Queryable, issuerId: string): Promise<void> {
  await tx.query(
    /* sql */ `
    update users u set deactivated_at = now()
     where u.kind <> 'person' and u.deactivated_at is null
       and exists (select from access_tokens t where t.issuer_id = $1 and t.user_id = u.id)`,
    [issuerId],
  )
  await tx.query('delete from oidc_issuers where id = $1', [issuerId])
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

export interface AuthPolicyRow {
  readonly id: string
  readonly issuerId: string
  readonly issuerName: string
  readonly version: number
  readonly policies: readonly Policy[]
  readonly createdAt: Date
  readonly modifiedAt: Date
}

const POLICY = /* sql */ `
  select p.id, p.issuer_id as "issuerId", i.name as "issuerName", p.version, p.policies, p.created_at as "createdAt",
         p.modified_at as "modifiedAt"
    from auth_policies p join oidc_issuers i on i.id = p.issuer_id`

export async function findPoliciesOf(
  db: Queryable,
  organizationId: string,
  issuerId: string,
): Promise<AuthPolicyRow | undefined> {
  const text = `${POLICY} where i.organization_id = $1 and i.id = $2`
  return (await db.query<AuthPolicyRow>(text, [organizationId, issuerId])).rows[0]
}

/** As they stand, for whoever decides by them: they do not change before the transaction ends. */
export async function holdPoliciesOf(tx: Queryable, issuerId: string): Promise<AuthPolicyRow | undefined> {
  return (
    await tx.query<AuthPolicyRow>(`${POLICY} where i.id = $1 for share of p for key share of i`, [issuerId])
  ).rows[0]
}

export async function lockPolicies(
  tx: Queryable,
  organizationId: string,
  policyId: string,
): Promise<AuthPolicyRow | undefined> {
  const text = `${POLICY} where i.organization_id = $1 and p.id = $2 for update of p`
  return (await tx.query<AuthPolicyRow>(text, [organizationId, policyId])).rows[0]
}

export async function insertPolicies(
  tx: Queryable,
  row: { readonly id: string; readonly issuerId: string; readonly policies: readonly Policy[] },
): Promise<void> {
  const text = 'insert into auth_policies (id, issuer_id, policies) values ($1, $2, $3)'
  await tx.query(text, [row.id, row.issuerId, JSON.stringify(row.policies)])
}

export async function savePolicies(
  tx: Queryable,
  policyId: string,
  policies: readonly Policy[],
): Promise<void> {
  await tx.query(
    'update auth_policies set policies = $2, version = version + 1, modified_at = now() where id = $1',
    [policyId, JSON.stringify(policies)],
  )
}
