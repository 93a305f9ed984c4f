/** A button that the person may not press says why, to whoever points at it or comes to it by the keyboard. */
import { Button, type ButtonProps, Tooltip } from '@mantine/core'
import type { ComponentPropsWithoutRef } from 'react'

interface Props extends ButtonProps, Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps> {
  /** Why not; undefined when they may. */
  readonly whyNot: string | undefined
}

export function GuardedButton({ whyNot, onClick, ...props }: Props) {
  if (whyNot === undefined) return <Button {...props} {...(onClick && { onClick })} />
  return (
    <Tooltip label={whyNot} multiline w={280} events={{ hover: true, focus: true, touch: true }}>
      {/* Not `disabled`, which nobody could come to. */}
      <Button {...props} data-disabled aria-disabled onClick={(event) => event.preventDefault()} />
    </Tooltip>
  )
}
