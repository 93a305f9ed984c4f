/** A form that asks the server for one thing: what it needs, the refusal if there is one, and the two ways out. */
import { Alert, Button, Group, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { FormEvent, ReactNode } from 'react'

interface Props {
  /** What the button says. */
  readonly action: string
  readonly color?: string
  /** Why the button cannot be pressed yet. */
  readonly reason?: string | undefined
  readonly autoComplete?: 'off'
  readonly run: () => Promise<unknown>
  readonly onCancel: () => void
  readonly children: ReactNode
}

/** A long form has it out of sight. */
const intoView = (alert: HTMLElement | null): void => alert?.scrollIntoView({ block: 'nearest' })

export function ActionForm({ action, color, reason, autoComplete, run, onCancel, children }: Props) {
  const asked = useMutation({ mutationFn: run })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    asked.mutate()
  }
  return (
    <form onSubmit={submit} autoComplete={autoComplete}>
      <Stack>
        {children}
        {asked.error && (
          <Alert color="red" role="alert" ref={intoView}>
            {asked.error.message}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Not now
          </Button>
          <Button
            type="submit"
            loading={asked.isPending}
            disabled={reason !== undefined}
            title={reason}
            {...(color && { color })}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
