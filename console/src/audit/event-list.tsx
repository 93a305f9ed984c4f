/** Events of the audit log; one of them opens with all that was recorded. */
import { Accordion, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { CodeText } from '../parts/code-text.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import type { AuditEvent } from './audit.ts'

export function EventList({ events }: { readonly events: readonly AuditEvent[] }) {
  const [open, setOpen] = useState<readonly string[]>([])
  const shown = events.map((event, index) => ({ key: `${event.timestamp}-${event.event}-${index}`, event }))
  return (
    <Accordion multiple variant="contained" value={[...open]} onChange={setOpen} order={2}>
      {shown.map(({ key, event }) => (
        <Accordion.Item key={key} value={key}>
          <Accordion.Control>
            <EventLine event={event} />
          </Accordion.Control>
          <Accordion.Panel>
            {open.includes(key) && (
              <CodeText label="All that was recorded" text={JSON.stringify(event, null, 2)} />
            )}
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  )
}

function EventLine({ event: { description, actorName, timestamp } }: { readonly event: AuditEvent }) {
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Stack gap={0} style={{ flex: 1, minWidth: 0 }}>
        <Text size="sm" component="span" style={{ overflowWrap: 'anywhere' }}>
          {description}
        </Text>
        <Text size="sm" c="dimmed" component="span" style={{ overflowWrap: 'anywhere' }}>
          {actorName.replace(/^user:/, '')}
        </Text>
      </Stack>
      <Text size="sm" c="dimmed" component="span" style={{ flexShrink: 0 }} me="xs">
        <TimeAgo at={new Date(timestamp * 1000)} />
      </Text>
    </Group>
  )
}
