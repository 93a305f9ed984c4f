/** A delivery in whole: what followed for each stack, and what was sent, as it came. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { CodeText } from '../parts/code-text.tsx'
import { sayNotDone } from '../parts/not-done.ts'
import { QueryView } from '../parts/query-view.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { useRedeliver } from './actions.ts'
import type { GitDelivery } from './git-host.ts'
import { gitDeliveryQuery, type HostNames } from './git-hosts.ts'
import { StackOutcomes } from './stack-outcomes.tsx'

interface Props {
  readonly names: HostNames
  readonly delivery: GitDelivery
}

export function GitDeliveryDetails({ names, delivery }: Props) {
  const query = useQuery(gitDeliveryQuery(names, delivery.id))
  const redeliver = useRedeliver(names)
  const again = () =>
    redeliver.mutate(delivery.id, {
      onSuccess: () => notifications.show({ message: 'It is handled once more.', color: 'green' }),
      onError: sayNotDone,
    })
  const { attempts, received, nextAttempt, stacks = [] } = delivery
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" component="span">
          Received <TimeAgo at={new Date(received)} />,{' '}
          {attempts === 1 ? '1 attempt' : `${attempts} attempts`}
          {nextAttempt && (
            <>
              , the next <TimeAgo at={new Date(nextAttempt)} />
            </>
          )}
        </Text>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden />}
          loading={redeliver.isPending}
          onClick={again}
          title="What was deployed for it is not deployed again"
        >
          Redeliver
        </Button>
      </Group>
      {stacks.length > 0 && <StackOutcomes stacks={stacks} />}
      <Title order={4} size="h6">
        As it came
      </Title>
      <QueryView query={query} skeletonLines={3}>
        {({ headers, body }) => (
          <>
            {Object.keys(headers).length > 0 && (
              <CodeText
                label="Headers"
                text={Object.entries(headers)
                  .map(([name, value]) => `${name}: ${value}`)
                  .join('\n')}
              />
            )}
            <CodeText label="Body" text={body} />
          </>
        )}
      </QueryView>
    </Stack>
  )
}
