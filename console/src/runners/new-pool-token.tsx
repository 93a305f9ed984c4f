import { Code, Group, Stack, Text } from '@mantine/core'
import { basePath } from '../api/base.ts'
import { CopyTextButton } from '../parts/copy-button.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { runnerCommand } from './pools.ts'

interface Props {
  readonly pool: string
  readonly token: string
  readonly onClose: () => void
}

/** The token goes to a file, for a command line is read by every process of its machine. */
export function NewPoolToken({ pool, token, onClose }: Props) {
  const command = runnerCommand(`${window.location.origin}${basePath.replace(/\/$/, '')}`)
  return (
    <ShownOnce title={`Token for runners of ${pool}`} secret={token} onClose={onClose}>
      <Stack gap="xs">
        <Text size="sm">
          Save it on the runner’s machine in a file <Code>pool-token</Code> that only its user may read. Then
          start a runner; as many as you like, wherever this server can be reached:
        </Text>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {command}
        </Code>
        <Group>
          <CopyTextButton text={command} label="Copy command" />
        </Group>
      </Stack>
    </ShownOnce>
  )
}
