/** What a webhook was told, the newest first; one of them open with the request and the answer. */
import { Group, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconClock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Records } from '../parts/records.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { DeliveryDetails } from './delivery-details.tsx'
import { type Delivery, type Outcome, outcomeOf, type WebhookOwner } from './webhook.ts'
import { deliveriesQuery } from './webhooks.ts'

interface Props {
  readonly owner: WebhookOwner
  readonly name: string
  readonly openId: string | undefined
  readonly onOpen: (id: string | undefined) => void
}

export function DeliveryList({ owner, name, openId, onOpen }: Props) {
  const query = useQuery(deliveriesQuery(owner, name))
  return (
    <QueryView query={query} skeletonLines={3}>
      {(deliveries) =>
        deliveries.length === 0 ? (
          <Empty title="Nothing was sent yet">Send a ping to see whether it arrives.</Empty>
        ) : (
          <Records
            records={deliveries}
            openId={openId}
            onOpen={onOpen}
            line={(delivery) => <DeliveryLine delivery={delivery} />}
            details={(delivery) => (
              <DeliveryDetails
                owner={owner}
                name={name}
                delivery={delivery}
                onSent={({ id }) => onOpen(id)}
              />
            )}
          />
        )
      }
    </QueryView>
  )
}

function DeliveryLine({ delivery }: { readonly delivery: Delivery }) {
  const outcome = outcomeOf(delivery)
  return (
    <Group gap="sm" wrap="nowrap">
      <OutcomeIcon kind={outcome.kind} />
      <Text size="sm" fw={500} truncate style={{ flex: 1, minWidth: 0 }} component="span">
        {delivery.kind}
      </Text>
      <Text size="sm" component="span">
        {outcome.says}
      </Text>
      <Text size="sm" c="dimmed" component="span" visibleFrom="xs" style={{ flexShrink: 0 }} me="xs">
        <TimeAgo at={new Date(delivery.timestamp * 1000)} />
      </Text>
    </Group>
  )
}

function OutcomeIcon({ kind }: Pick<Outcome, 'kind'>) {
  const props = { size: 18, 'aria-hidden': true, style: { flexShrink: 0 } } as const
  if (kind === 'delivered') return <IconCircleCheck {...props} color="var(--mantine-color-green-7)" />
  if (kind === 'waiting') return <IconClock {...props} color="var(--mantine-color-dimmed)" />
  return <IconCircleX {...props} color="var(--mantine-color-red-7)" />
}
