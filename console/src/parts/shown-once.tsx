/** A new secret, which the server keeps as a hash alone: shown this once, until the person says that it is saved. */
import { Button, Code, Group, Modal, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyTextButton } from './copy-button.tsx'

interface Props {
  readonly title: string
  readonly secret: string
  readonly onClose: () => void
  /** What to do with it. */
  readonly children?: ReactNode
}

export function ShownOnce({ title, secret, onClose, children }: Props) {
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={false} closeOnEscape={false}>
      <Stack>
        <Text size="sm">Copy it now and keep it in a safe place: it is not shown again.</Text>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {secret}
        </Code>
        <Group>
          <CopyTextButton text={secret} label="Copy" />
        </Group>
        {children}
        <Group justify="flex-end">
          <Button onClick={onClose}>I have saved it</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
