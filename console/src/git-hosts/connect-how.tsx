/** How a git host is connected: a command, because its key or token is nothing for a browser. */
import { NativeSelect, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { basePath } from '../api/base.ts'
import { CodeText } from '../parts/code-text.tsx'
import { CONNECTABLE, type Connectable, connectCommand } from './connect-command.ts'

export function ConnectHow({ organization }: { readonly organization: string }) {
  const [kind, setKind] = useState<Connectable>('github')
  const server = `${window.location.origin}${basePath}`.replace(/\/$/, '')
  return (
    <Stack gap="sm">
      <Text size="sm">
        Run this where you have your access token. The command says what to do at the host, checks it, and
        sends a test event.
      </Text>
      <NativeSelect
        label="Git host"
        data={CONNECTABLE.map(({ value, label }) => ({ value, label }))}
        value={kind}
        onChange={({ currentTarget }) => setKind(currentTarget.value as Connectable)}
        maw={360}
      />
      <CodeText label="Command to connect" text={connectCommand(kind, organization, server)} />
    </Stack>
  )
}
