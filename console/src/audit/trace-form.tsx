import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { readTraceSearch, type TraceSearch } from './search.ts'

interface Props {
  readonly organization: string
  readonly search: TraceSearch
}

export function TraceForm({ organization, search }: Props) {
  const [of, setOf] = useState(search.of ?? '')
  const [at, setAt] = useState(search.at ?? '')
  const navigate = useNavigate()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void navigate({
      to: '/$organization/settings/audit-log/tokens',
      params: { organization },
      search: readTraceSearch({ of: of.trim(), at: at.trim() }),
    })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          Paste what a cloud's log shows: an AWS session's name or ARN, the subject that Azure or Google Cloud
          saw, or the id of a token (jti). It leads to the deployment, the commit and the person.
        </Text>
        <Group align="flex-end" gap="sm">
          <TextInput
            label="What the log shows"
            required
            maxLength={600}
            value={of}
            onChange={({ currentTarget }) => setOf(currentTarget.value)}
            flex={1}
            miw={240}
          />
          <TextInput
            label="When, in UTC"
            placeholder="2026-11-29T08:41:00Z"
            pattern="\s*20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z\s*"
            title="As 2026-11-29T08:41:00Z"
            value={at}
            onChange={({ currentTarget }) => setAt(currentTarget.value)}
            w={220}
          />
          <Button type="submit">Find</Button>
        </Group>
      </Stack>
    </form>
  )
}
