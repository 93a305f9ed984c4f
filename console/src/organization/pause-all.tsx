/** Holds back all deployments of an organization, for example while its clouds are in trouble. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { organizationStandingQuery, usePauseAll } from '../deployments/pause.ts'
import { QueryView } from '../parts/query-view.tsx'

interface Props {
  readonly organization: string
  readonly isDisabled: boolean
}

export function PauseAll({ organization, isDisabled }: Props) {
  const query = useQuery(organizationStandingQuery(organization))
  const pause = usePauseAll(organization)
  return (
    <QueryView query={query} skeletonLines={2}>
      {({ paused }) => (
        <Stack gap="sm" maw={560}>
          <Text size="sm">
            {paused
              ? 'All deployments are paused: new ones wait, whoever asks for them. Those that run go on.'
              : 'New deployments start as soon as it is their turn.'}
          </Text>
          {pause.error && (
            <Alert color="red" role="alert">
              {pause.error.message}
            </Alert>
          )}
          <Group>
            <Button
              variant="default"
              disabled={isDisabled}
              loading={pause.isPending}
              onClick={() => pause.mutate(!paused)}
            >
              {paused ? 'Resume all deployments' : 'Pause all deployments'}
            </Button>
          </Group>
        </Stack>
      )}
    </QueryView>
  )
}
