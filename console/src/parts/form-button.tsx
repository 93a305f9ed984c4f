/** A button that opens a modal for what it needs to know, or for being sure. */
import { Button, type ButtonProps, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { ActionForm } from './action-form.tsx'

interface Props extends ButtonProps {
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

export function FormButton({ label, of, reason, title, form, ...looks }: Props) {
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

interface ConfirmProps extends Omit<Props, 'form'> {
  readonly action: string
  readonly run: () => Promise<unknown>
  /** What follows from it. */
  readonly children: ReactNode
}

/** For what cannot be undone. */
export function ConfirmButton({ action, run, children, ...props }: ConfirmProps) {
  return (
    <FormButton
      variant="default"
      size="xs"
      {...props}
      form={(close) => (
        <ActionForm action={action} color="red" run={() => run().then(close)} onCancel={close}>
          <div style={{ overflowWrap: 'anywhere' }}>{children}</div>
        </ActionForm>
      )}
    />
  )
}
