import { Code, Group } from '@mantine/core'
import { Copy } from '../parts/copy-button.tsx'
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
      <Copy label={`Copy ${name}`} text={text} />
    </Group>
  )
}
