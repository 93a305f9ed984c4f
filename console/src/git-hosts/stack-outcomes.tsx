/** What followed for each stack of the repository that was asked. */
import { Group, Paper, Stack, Text } from '@mantine/core'
import { PageLink } from '../parts/page-link.tsx'
import rows from '../parts/rows.module.css'
import type { GitDelivery } from './git-host.ts'

type StackOutcome = NonNullable<GitDelivery['stacks']>[number]

export function StackOutcomes({ stacks }: { readonly stacks: readonly StackOutcome[] }) {
  return (
    <Paper withBorder>
      {stacks.map((outcome) => (
        <Stack key={outcome.stack} px="sm" py="xs" gap={0} className={rows.row}>
          <Group justify="space-between">
            <StackLink place={outcome.stack} />
            <Text size="sm">{outcome.result}</Text>
          </Group>
          {outcome.message && (
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {outcome.message}
            </Text>
          )}
        </Stack>
      ))}
    </Paper>
  )
}

function StackLink({ place }: { readonly place: string }) {
  const [organization = '', project = '', stack = ''] = place.split('/')
  return (
    <PageLink
      to="/$organization/$project/$stack/deployments"
      params={{ organization, project, stack }}
      size="sm"
      style={{ overflowWrap: 'anywhere' }}
    >
      {place}
    </PageLink>
  )
}
