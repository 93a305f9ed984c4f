/** How many deployments run at once, and how long each may. Admins change it, everybody sees it. */
import { Alert, Button, Group, NumberInput, Paper, Stack, Text, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { useIsAdmin } from '../session/session.ts'
import { type Limits, useChangeLimits } from './usage.ts'

interface Props {
  readonly organization: string
  readonly limits: Limits
}

export function LimitsForm({ organization, limits }: Props) {
  const isAdmin = useIsAdmin(organization)
  const [concurrency, setConcurrency] = useState<number | string>(limits.concurrency)
  const [minutes, setMinutes] = useState<number | string>(limits.timeoutSeconds / 60)
  const change = useChangeLimits(organization)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wanted = { concurrency: Number(concurrency), timeoutSeconds: Math.round(Number(minutes) * 60) }
    change.mutate(wanted, {
      onSuccess: () => notifications.show({ message: 'The limits are saved.', color: 'green' }),
    })
  }
  return (
    <Paper withBorder p="md">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Title order={2} size="h4">
            Limits
          </Title>
          {!isAdmin && (
            <Text size="sm" c="dimmed">
              Only admins of {organization} change them.
            </Text>
          )}
          <Group align="flex-end">
            <NumberInput
              label="Deployments at the same time"
              min={1}
              max={10_000}
              allowDecimal={false}
              required
              disabled={!isAdmin}
              value={concurrency}
              onChange={setConcurrency}
            />
            <NumberInput
              label="Minutes that one may run"
              min={5}
              max={1440}
              required
              disabled={!isAdmin}
              value={minutes}
              onChange={setMinutes}
            />
            <Button type="submit" disabled={!isAdmin} loading={change.isPending}>
              Save limits
            </Button>
          </Group>
          {change.error && (
            <Alert color="red" role="alert">
              {change.error.message}
            </Alert>
          )}
        </Stack>
      </form>
    </Paper>
  )
}
