import { Badge, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { LineText } from '../log/line-text.tsx'
import log from '../log/log-view.module.css'
import rows from '../parts/rows.module.css'
import { partsOfUrn } from '../resources/urn.ts'
import type { Message } from './events.ts'
import { ansiOf } from './markup.ts'

const SHOWN_AT_ONCE = 200
const COLORS = { error: 'red', warning: 'yellow', info: 'blue', debug: 'gray' } as const

/** What the engine and the program said, in their colors; errors first, for they are looked for. */
export function Messages({ messages }: { readonly messages: readonly Message[] }) {
  const [shown, setShown] = useState(SHOWN_AT_ONCE)
  const order = [...messages].sort((one, other) => Number(isError(other)) - Number(isError(one)))
  return (
    <Stack gap="sm">
      <Paper withBorder className={log.log}>
        {order.slice(0, shown).map((message) => (
          <OneMessage key={message.key} message={message} />
        ))}
      </Paper>
      {order.length > shown && (
        <Button variant="default" onClick={() => setShown(shown + SHOWN_AT_ONCE * 5)}>
          Show more of {order.length.toLocaleString()} messages
        </Button>
      )}
    </Stack>
  )
}

function isError({ severity }: Message): boolean {
  return severity === 'error'
}

function OneMessage({ message: { severity, text, urn } }: { readonly message: Message }) {
  return (
    <Stack gap={4} px="md" py="sm" className={rows.row}>
      <Group gap="xs">
        <Badge size="sm" variant="outline" tt="none" color={COLORS[severity]} c="var(--mantine-color-text)">
          {severity}
        </Badge>
        {urn && (
          <Text size="sm" c="dimmed" span title={urn} style={{ overflowWrap: 'anywhere' }}>
            {partsOfUrn(urn).name}
          </Text>
        )}
      </Group>
      <Text component="div" ff="monospace" fz={12.5} className={log.wrapped}>
        {ansiOf(text)
          .split('\n')
          .map((line, place) => (
            <div key={place}>
              <LineText text={line} words="" />
            </div>
          ))}
      </Text>
    </Stack>
  )
}
