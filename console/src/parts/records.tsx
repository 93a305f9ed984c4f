/** Records below each other, each a line; one of them may be open, with all that is known of it. */
import { Accordion } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props<Item> {
  readonly records: readonly Item[]
  readonly openId: string | undefined
  readonly onOpen: (id: string | undefined) => void
  readonly line: (record: Item) => ReactNode
  /** Asked for of the open one alone. */
  readonly details: (record: Item) => ReactNode
}

export function Records<Item extends { readonly id: string }>(props: Props<Item>) {
  const { records, openId, onOpen, line, details } = props
  return (
    <Accordion
      variant="contained"
      value={openId ?? null}
      onChange={(id) => onOpen(id ?? undefined)}
      order={3}
    >
      {records.map((record) => (
        <Accordion.Item key={record.id} value={record.id}>
          <Accordion.Control>{line(record)}</Accordion.Control>
          <Accordion.Panel>{openId === record.id && details(record)}</Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  )
}
