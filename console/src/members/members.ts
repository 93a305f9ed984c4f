/** Who belongs to an organization, and who was asked to. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

export type Member = components['schemas']['OrganizationMember']
export type Invitation = components['schemas']['Invitation']
/** Those that somebody can be given. */
export type Role = Invitation['role']

export const ROLES: readonly { readonly role: Role; readonly label: string; readonly says: string }[] = [
  { role: 'admin', label: 'Admin', says: 'Everything of the organization: stacks, members, teams, tokens' },
  {
    role: 'member',
    label: 'Member',
    says: 'The stacks that the organization, a team or a stack’s admin gives',
  },
  { role: 'billing-manager', label: 'Billing manager', says: 'No stack; members and usage' },
]

export function roleLabel(role: Member['role']): string {
  return ROLES.find((one) => one.role === role)?.label ?? role
}

/** All of them; people who were deactivated too. */
export function membersQuery(organization: string) {
  return queryOptions({
    queryKey: ['members', organization],
    queryFn: async ({ signal }) => {
      const members: Member[] = []
      let continuationToken: string | undefined
      do {
        const query = { includeSuspended: true, ...(continuationToken && { continuationToken }) }
        const params = { path: { organization }, query }
        const page = dataOf(await api.GET('/api/orgs/{organization}/members', { params, signal }))
        members.push(...page.members)
        continuationToken = page.continuationToken
      } while (continuationToken)
      return members
    },
  })
}

export function invitationsQuery(organization: string) {
  return queryOptions({
    queryKey: ['invitations', organization],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/orgs/{organization}/invitations', {
          params: { path: { organization } },
          signal,
        }),
      ).invitations,
  })
}
