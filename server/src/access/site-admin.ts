/** What only an admin of the installation may do: what touches every organization. */
import type { Refusal } from '@daypass/contract/errors.ts'

export const SITE_ADMIN_ONLY: Refusal = {
  status: 403,
  reason: 'site_admin_only',
  message: 'Only an admin of this installation may do this.',
}
