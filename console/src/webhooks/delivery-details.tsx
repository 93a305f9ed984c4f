/** The request and the answer of a delivery, and the way to send it once more. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { CodeText } from '../parts/code-text.tsx'
import { sayNotDone } from '../parts/not-done.ts'
import { duration } from '../parts/time.ts'
import { TimeAgo } from '../parts/time-ago.tsx'
import { useRedeliver } from './actions.ts'
import { type Delivery, readable, type WebhookOwner } from './webhook.ts'
import { tell } from './webhook-actions.tsx'

interface Props {
  readonly owner: WebhookOwner
  readonly name: string
  readonly delivery: Delivery
  readonly onSent: (delivery: Delivery) => void
}

export function DeliveryDetails({ owner, name, delivery, onSent }: Props) {
  const redeliver = useRedeliver(owner, name)
  const { id, attempts, nextAttempt, timestamp } = delivery
  const again = () =>
    redeliver.mutate(id, {
      onSuccess: (sent) => {
        tell(sent)
        onSent(sent)
      },
      onError: sayNotDone,
    })
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" component="span">
          {attempts === 1 ? '1 attempt' : `${attempts} attempts`}, the last{' '}
          <TimeAgo at={new Date(timestamp * 1000)} />
          {nextAttempt && (
            <>
              ; the next <TimeAgo at={new Date(nextAttempt)} />
            </>
          )}
        </Text>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden />}
          loading={redeliver.isPending}
          onClick={again}
        >
          Redeliver
        </Button>
      </Group>
      <Request delivery={delivery} />
      <Answer delivery={delivery} />
    </Stack>
  )
}

function Request({ delivery: { requestUrl, requestHeaders, payload } }: Pick<Props, 'delivery'>) {
  return (
    <>
      <Title order={4} size="h6">
        Request
      </Title>
      <CodeText label="Request" text={`POST ${requestUrl}\n${requestHeaders}`.trimEnd()} />
      <CodeText label="Body of the request" text={readable(payload)} />
    </>
  )
}

function Answer({ delivery }: Pick<Props, 'delivery'>) {
  const { responseCode, responseHeaders, responseBody } = delivery
  const title = responseCode === 0 ? 'No answer' : `Answer: ${responseCode} after ${span(delivery.duration)}`
  return (
    <>
      <Title order={4} size="h6">
        {title}
      </Title>
      {responseHeaders && <CodeText label="Headers of the answer" text={responseHeaders} />}
      {responseBody && <CodeText label="Body of the answer" text={readable(responseBody)} />}
    </>
  )
}

function span(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : duration(milliseconds)
}
