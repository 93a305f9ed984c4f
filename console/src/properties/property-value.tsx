import { ActionIcon, Code, CopyButton, Group } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { isSecret, SECRET, textOf } from './property.ts'

interface Props {
  /** Whose value it is, for the button's name. */
  readonly name: string
  readonly value: unknown
}

/** One value: what has parts stands on lines of its own, and scrolls where it is long. */
export function PropertyValue({ name, value }: Props) {
  const text = textOf(value)
  if (isSecret(value)) return <Code>{SECRET}</Code>
  const isLong = text.includes('\n')
  return (
    <Group gap={4} wrap="nowrap" align={isLong ? 'flex-start' : 'center'}>
      <Code
        block={isLong}
        tabIndex={isLong ? 0 : undefined}
        style={{ overflow: 'auto', maxHeight: 320, minWidth: 0, overflowWrap: 'anywhere' }}
      >
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="md"
            onClick={copy}
            aria-label={copied ? `Copied ${name}` : `Copy ${name}`}
          >
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  )
}
