import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'

interface Props {
  readonly value: string
  readonly label: string
}

/** Says whether it worked: over plain http a browser has no clipboard for pages. */
export function CopyTextButton({ value, label }: Props) {
  const { copy, copied, error } = useClipboard()
  return (
    <Button
      variant="default"
      size="xs"
      onClick={() => copy(value)}
      leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
    >
      <span aria-live="polite">{error ? 'Select it and copy by hand' : copied ? 'Copied' : label}</span>
    </Button>
  )
}
