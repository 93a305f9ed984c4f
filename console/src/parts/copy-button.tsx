/** Copies a text, and says whether that worked: over plain http a browser has no clipboard for pages. */
import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'

const BY_HAND = 'Select it and copy by hand'

interface Props {
  readonly text: string
  readonly label: string
}

export function CopyTextButton({ text, label }: Props) {
  const { copy, copied, error } = useClipboard()
  return (
    <Button
      variant="default"
      size="xs"
      onClick={() => copy(text)}
      leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
    >
      <span aria-live="polite">{error ? BY_HAND : copied ? 'Copied' : label}</span>
    </Button>
  )
}

/** Without words, beside a text that stands elsewhere. */
export function Copy({ text, label, className }: Props & { readonly className?: string | undefined }) {
  const { copy, copied, error } = useClipboard()
  return (
    <Tooltip label={error ? BY_HAND : copied ? 'Copied' : 'Copy'} withArrow>
      <ActionIcon
        variant="default"
        onClick={() => copy(text)}
        aria-label={error ? BY_HAND : copied ? 'Copied' : label}
        className={className}
      >
        {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  )
}
