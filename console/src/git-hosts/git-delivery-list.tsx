/** What a git host sent, the newest first, each with what followed, or why nothing did. */
import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Records } from '../parts/records.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { GitDeliveryDetails } from './git-delivery-details.tsx'
import { type GitDelivery, outcomeOf } from './git-host.ts'
import { gitDeliveriesQuery, type HostNames } from './git-hosts.ts'
import { OutcomeIcon } from './health.tsx'

interface Props {
  readonly names: HostNames
  readonly openId: string | undefined
  readonly onOpen: (id: string | undefined) => void
}

export function GitDeliveryList({ names, openId, onOpen }: Props) {
  const query = useQuery(gitDeliveriesQuery(names))
  return (
    <QueryView query={query} skeletonLines={3}>
      {(deliveries) =>
        deliveries.length === 0 ? (
          <Empty title="Nothing has come yet">Let the host send a test event, or push something.</Empty>
        ) : (
          <Records
            records={deliveries}
            openId={openId}
            onOpen={onOpen}
            line={(delivery) => <DeliveryLine delivery={delivery} />}
            details={(delivery) => <GitDeliveryDetails names={names} delivery={delivery} />}
          />
        )
      }
    </QueryView>
  )
}

function DeliveryLine({ delivery }: { readonly delivery: GitDelivery }) {
  const { event, about, received, origin } = delivery
  const outcome = outcomeOf(delivery)
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <OutcomeIcon kind={outcome.kind} />
      <Stack gap={0} style={{ flex: 1, minWidth: 0 }}>
        <Text size="sm" fw={500} component="span" style={{ overflowWrap: 'anywhere' }}>
          {event} {about}
          {origin === 'daypass' && ' (found by Daypass)'}
        </Text>
        <Text size="sm" c="dimmed" component="span" style={{ overflowWrap: 'anywhere' }}>
          {outcome.says}
        </Text>
      </Stack>
      <Text size="sm" c="dimmed" component="span" visibleFrom="xs" style={{ flexShrink: 0 }} me="xs">
        <TimeAgo at={new Date(received)} />
      </Text>
    </Group>
  )
}
