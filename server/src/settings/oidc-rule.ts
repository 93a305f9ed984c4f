/**
 * Only organization admins may set, change or remove the `oidc` block, on every road: it decides which cloud roles a
 * stack's deployments ask for. Who may write the stack may still run it with the block that an admin saved.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Oidc } from './settings.ts'

export function checkOidcChange(
  before: Oidc | undefined,
  after: Oidc | undefined,
  isAdmin: boolean,
): Refusal | undefined {
  if (isAdmin || isSameOidc(before, after)) return undefined
  return {
    status: 403,
    reason: 'oidc_admin_only',
    message:
      'Only an organization admin may set, change or remove operationContext.oidc; ask one, or leave the block as it is saved.',
  }
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
