/** An act that cannot be undone: asked first, with the name of what it is about. */
import { Alert, Button, type ButtonProps, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'

interface Props extends Pick<ButtonProps, 'size' | 'leftSection' | 'disabled' | 'color'> {
  /** On the button that opens the question. */
  readonly label: string
  /** The question, with the name. */
  readonly title: string
  /** On the button that does it. */
  readonly confirm: string
  readonly children: ReactNode
  readonly act: {
    readonly mutateAsync: () => Promise<unknown>
    readonly isPending: boolean
    readonly error: Error | null
    readonly reset: () => void
  }
}

export function ConfirmButton({ label, title, confirm, children, act, color = 'red', ...button }: Props) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const ask = () => {
    act.reset()
    open()
  }
  return (
    <>
      <Button variant="default" onClick={ask} {...button}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title}>
        <Stack>
          <Text size="sm" component="div">
            {children}
          </Text>
          {act.error && (
            <Alert color="red" role="alert">
              {act.error.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Not now
            </Button>
            <Button
              color={color}
              loading={act.isPending}
              onClick={() => void act.mutateAsync().then(close, () => {})}
            >
              {confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
