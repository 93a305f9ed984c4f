/** A button that opens a modal for what it needs to know. */
import { Button, type ButtonProps, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'

export interface FormButtonProps extends ButtonProps {
  readonly label: string
  /** Which of many it is for; who cannot see where it stands is told. */
  readonly of?: string
  /** Why it cannot be pressed. */
  readonly reason?: string | undefined
  /** Of the modal. */
  readonly title: string
  /** What stands in the modal; made anew each time that it is opened. */
  readonly form: (close: () => void) => ReactNode
}

export function FormButton({ label, of, reason, title, form, ...looks }: FormButtonProps) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const names = of === undefined ? {} : { 'aria-label': `${label}: ${of}` }
  return (
    <>
      <Button {...looks} {...names} onClick={open} disabled={reason !== undefined} title={reason}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title}>
        {form(close)}
      </Modal>
    </>
  )
}
