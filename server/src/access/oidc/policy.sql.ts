/** What the tokens of registered issuers are worth. */
import type { Queryable } from '../../db/database.ts'
import type { Policy } from './policy.ts'

export interface AuthPolicyRow {
  readonly id: string
  readonly issuerId: string
  readonly issuerName: string
  readonly version: number
  readonly policies: readonly Policy[]
  readonly createdAt: Date
  readonly modifiedAt: Date
}

const SELECT = /* sql */ `
  select p.id, p.issuer_id as "issuerId", i.name as "issuerName", p.version, p.policies, p.created_at as "createdAt",
         p.modified_at as "modifiedAt"
    from auth_policies p join oidc_issuers i on i.id = p.issuer_id`

export async function findPoliciesOf(
  db: Queryable,
  organizationId: string,
  issuerId: string,
): Promise<AuthPolicyRow | undefined> {
  const text = `${SELECT} where i.organization_id = $1 and i.id = $2`
  return (await db.query<AuthPolicyRow>(text, [organizationId, issuerId])).rows[0]
}

const HOLD = {
  name: 'auth-policies-hold',
  text: `${SELECT} where i.id = $1 for share of p for key share of i`,
}

/** As they stand, for whoever decides by them: they do not change before the transaction ends. */
export async function holdPoliciesOf(tx: Queryable, issuerId: string): Promise<AuthPolicyRow | undefined> {
  return (await tx.query<AuthPolicyRow>(HOLD, [issuerId])).rows[0]
}

export async function lockPolicies(
  tx: Queryable,
  organizationId: string,
  policyId: string,
): Promise<AuthPolicyRow | undefined> {
  const text = `${SELECT} where i.organization_id = $1 and p.id = $2 for update of p`
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
