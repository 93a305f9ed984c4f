/** When each polled repository was looked at, and what is to be mended. */
import { Group, Paper, Stack, Text, Title } from '@mantine/core'
import rows from '../parts/rows.module.css'
import { TimeAgo } from '../parts/time-ago.tsx'
import type { GitHost } from './git-host.ts'

type Polling = NonNullable<GitHost['polling']>

export function PolledRepositories({ polling }: { readonly polling: Polling }) {
  return (
    <Stack gap="xs">
      <Title order={2} size="h4" mt="sm">
        Looked at every {polling.everySeconds} s
      </Title>
      <Paper withBorder>
        {polling.repositories.map((repository) => (
          <Repository key={repository.repository} {...repository} />
        ))}
      </Paper>
    </Stack>
  )
}

function Repository({ repository, lastLook, lookedAtNow, failure }: Polling['repositories'][number]) {
  return (
    <Stack px="md" py="sm" gap={0} className={rows.row}>
      <Group justify="space-between">
        <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
          {repository}
        </Text>
        <Text size="sm" c="dimmed" component="span">
          {lookedAtNow ? 'a runner is at it' : lastLook ? <TimeAgo at={new Date(lastLook)} /> : 'not yet'}
        </Text>
      </Group>
      {failure && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {failure.message}
        </Text>
      )}
    </Stack>
  )
}
