/** The saved deployment settings of a stack; undefined where none were saved. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import { isRefusal } from '../api/refusal.ts'
import type { components } from '../api/schema.d.ts'
import type { StackNames } from '../deployments/deployments.ts'

const PATH = '/api/stacks/{organization}/{project}/{stack}/deployments/settings'
type Answer = components['schemas']['DeploymentSettings']
export type SavedSettings = Omit<Answer, 'version' | 'source'>
export type SettingsPatch = components['schemas']['DeploymentSettingsRequest']

async function savedSettings(names: StackNames, signal: AbortSignal): Promise<Answer | null> {
  try {
    return dataOf(await api.GET(PATH, { params: { path: names }, signal }))
  } catch (error) {
    if (isRefusal(error, 404) && error.code === 'no_settings') return null
    throw error
  }
}

export function settingsQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['deploy-settings', names],
    queryFn: ({ signal }) => savedSettings(names, signal),
    // What somebody is typing is not replaced under their hands.
    staleTime: Number.POSITIVE_INFINITY,
    // Nor does a form begin with what was saved an hour ago: it would be saved over what others changed since.
    gcTime: 0,
  })
}

/** Merges: what a patch does not name stays, also what this page does not know. */
export function useSaveSettings(names: StackNames) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (patch: SettingsPatch) =>
      dataOf(
        await api.POST(PATH, {
          params: { path: names },
          headers: { 'x-pulumi-source': 'console' },
          body: patch,
        }),
      ),
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery(names).queryKey, saved)
      return client.invalidateQueries({ queryKey: ['trust'] })
    },
  })
}

/** Of the organization: who may change as whom its stacks act at a cloud. */
export function oidcRuleQuery(organization: string) {
  return queryOptions({
    queryKey: ['oidc-settings-rule', organization],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/orgs/{organization}/oidc-settings-rule', {
          params: { path: { organization } },
          signal,
        }),
      ).changedBy,
  })
}
