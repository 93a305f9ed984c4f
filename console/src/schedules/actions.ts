/** What a person asks of schedules; the list is fetched anew afterwards. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import type { StackNames } from '../deployments/deployments.ts'
import type { NewSchedule } from './new-schedule.ts'

const ALL = '/api/stacks/{organization}/{project}/{stack}/deployments/schedules'
const ONE = `${ALL}/{scheduleId}` as const

function useRefresh() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['schedules'] })
}

export function useCreateSchedule(names: StackNames) {
  return useMutation({
    mutationFn: async (given: NewSchedule) => {
      const params = { path: names }
      if (given.kind === 'raw') await api.POST(ALL, { params, body: given.body })
      else if (given.kind === 'drift')
        await api.POST('/api/stacks/{organization}/{project}/{stack}/deployments/drift/schedules', {
          params,
          body: given.body,
        })
      else
        await api.POST('/api/stacks/{organization}/{project}/{stack}/deployments/ttl/schedules', {
          params,
          body: given.body,
        })
    },
    onSuccess: useRefresh(),
  })
}

export function usePauseSchedule(names: StackNames) {
  return useMutation({
    mutationFn: async ({ id, isPaused }: { readonly id: string; readonly isPaused: boolean }) => {
      const params = { path: { ...names, scheduleId: id } }
      if (isPaused) await api.POST(`${ONE}/pause`, { params })
      else await api.POST(`${ONE}/resume`, { params })
    },
    onSuccess: useRefresh(),
  })
}

export function useDeleteSchedule(names: StackNames) {
  return useMutation({
    mutationFn: async (id: string) => {
      await api.DELETE(ONE, { params: { path: { ...names, scheduleId: id } } })
    },
    onSuccess: useRefresh(),
  })
}
