import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

export type OrganizationChange = components['schemas']['PatchOrganizationRequest']

export function useChangeOrganization(organization: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (body: OrganizationChange) => {
      await api.PATCH('/api/orgs/{organization}', { params: { path: { organization } }, body })
    },
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['organization', organization] }),
        client.invalidateQueries({ queryKey: ['permission'] }),
      ]),
  })
}
