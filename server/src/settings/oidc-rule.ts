/**
 * Only organization admins may set, change or remove the `oidc` block, on every road: it decides which cloud roles a
 * stack's deployments ask for. Who may write the stack may still run it with the block that an admin saved. An
 * organization may open this to those who administer the stack.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import { stackAdminsChangeOidc } from './oidc-rule.sql.ts'
import type { Oidc } from './settings.ts'

/** What counts of whoever asks. */
export interface OidcChanger {
  readonly isOrganizationAdmin: boolean
  /** Not given: no. */
  readonly isStackAdmin?: boolean
}

export interface OidcChange {
  readonly before: Oidc | undefined
  readonly after: Oidc | undefined
}

/** The organization's rule is read in the transaction of the change, and only when it decides. */
export async function checkOidcChange(
  tx: Queryable,
  organizationId: string,
  { before, after }: OidcChange,
  by: OidcChanger,
): Promise<Refusal | undefined> {
  if (isSameOidc(before, after)) return undefined
  return whyNotIdentityAdmin(tx, organizationId, by, CHANGES_OIDC)
}

const CHANGES_OIDC = {
  may: 'may set, change or remove operationContext.oidc',
  instead: 'ask one, or leave the block as it is saved.',
}

/**
 * The same rule for whatever else decides about a stack's tokens.
 *
 * @param what Parts of a sentence: `Only an organization admin <may>; <instead>`.
 */
export async function whyNotIdentityAdmin(
  tx: Queryable,
  organizationId: string,
  { isOrganizationAdmin, isStackAdmin }: OidcChanger,
  { may, instead }: { readonly may: string; readonly instead: string },
): Promise<Refusal | undefined> {
  if (isOrganizationAdmin) return undefined
  const isOpen = await stackAdminsChangeOidc(tx, organizationId)
  if (isOpen && isStackAdmin === true) return undefined
  const who = isOpen ? 'an admin of this stack' : 'an organization admin'
  return { status: 403, reason: 'oidc_admin_only', message: `Only ${who} ${may}; ${instead}` }
}

export function isSameOidc(before: Oidc | undefined, after: Oidc | undefined): boolean {
  return isDeepStrictEqual(withoutEmpty(before), withoutEmpty(after))
}

/** An empty list says the same as none. */
function withoutEmpty(oidc: Oidc | undefined): object {
  const clouds = Object.entries(oidc ?? {}).map(([cloud, block]) => [
    cloud,
    Object.fromEntries(Object.entries(block).filter(([, one]) => !(Array.isArray(one) && one.length === 0))),
  ])
  return Object.fromEntries(clouds)
}
