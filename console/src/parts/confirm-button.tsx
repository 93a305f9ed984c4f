/** An act that cannot be undone: asked first, with the name of what it is about. */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { ActionForm } from './action-form.tsx'
import { FormButton, type FormButtonProps } from './form-button.tsx'

interface Props extends Omit<FormButtonProps, 'form'> {
  /** On the button that does it. */
  readonly confirm: string
  /** What follows from it. */
  readonly children: ReactNode
  readonly act: { readonly mutateAsync: () => Promise<unknown> }
}

/** Its `title` is the question, with the name. */
export function ConfirmButton({ confirm, children, act, color = 'red', ...button }: Props) {
  return (
    <FormButton
      variant="default"
      {...button}
      form={(close) => (
        <ActionForm
          action={confirm}
          color={String(color)}
          run={() => act.mutateAsync().then(close)}
          onCancel={close}
        >
          <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
            {children}
          </Text>
        </ActionForm>
      )}
    />
  )
}
