/** What somebody may do with a stack, by Pulumi's numbers. */
import type { components } from '../api/schema.d.ts'

export type Permission = components['schemas']['TeamStackPermission']['permission']

export const PERMISSIONS: readonly {
  readonly permission: Exclude<Permission, 0>
  readonly label: string
  readonly says: string
}[] = [
  {
    permission: 101,
    label: 'Read',
    says: 'See it: state, history, outputs and secrets, deployments and logs',
  },
  {
    permission: 102,
    label: 'Write',
    says: 'Preview, update and deploy it; its settings, schedules and webhooks',
  },
  { permission: 103, label: 'Admin', says: 'Delete and rename it, and say who else may do what with it' },
]

export function permissionLabel(permission: number): string {
  return PERMISSIONS.find((one) => one.permission === permission)?.label ?? 'None'
}
