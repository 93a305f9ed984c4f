/** The organization's rule about the `oidc` block. */
import type { Queryable } from '../db/database.ts'

const READ = {
  name: 'read-oidc-rule',
  text: /* sql */ `select stack_admins_change_oidc as "isOpen" from organizations where id = $1`,
}
const WRITE = {
  name: 'write-oidc-rule',
  text: /* sql */ `
    update organizations set stack_admins_change_oidc = $2
     where id = $1 and stack_admins_change_oidc <> $2`,
}

export async function stackAdminsChangeOidc(tx: Queryable, organizationId: string): Promise<boolean> {
  return (await tx.query<{ isOpen: boolean }>(READ, [organizationId])).rows[0]?.isOpen === true
}

/** @returns Whether it was otherwise before. */
export async function setStackAdminsChangeOidc(
  tx: Queryable,
  organizationId: string,
  isOpen: boolean,
): Promise<boolean> {
  return (await tx.query(WRITE, [organizationId, isOpen])).rowCount === 1
}
