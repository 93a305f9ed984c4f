import { Badge, Group, Paper, Stack, Text } from '@mantine/core'
import rows from '../parts/rows.module.css'
import { listensTo, type Webhook, type WebhookOwner, whither } from './webhook.ts'
import { WebhookLink } from './webhook-link.tsx'

interface Props {
  readonly owner: WebhookOwner
  readonly webhooks: readonly Webhook[]
}

export function WebhookRows({ owner, webhooks }: Props) {
  return (
    <Paper withBorder>
      {webhooks.map((webhook) => (
        <Group key={webhook.name} px="md" py="sm" gap="sm" wrap="nowrap" className={rows.row}>
          <Stack gap={0} style={{ minWidth: 0, flex: 1 }}>
            <WebhookLink owner={owner} name={webhook.name} fw={500} truncate>
              {webhook.displayName}
            </WebhookLink>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {whither(webhook)} · {listensTo(webhook)}
            </Text>
          </Stack>
          {!webhook.active && (
            <Badge variant="default" tt="none" style={{ flexShrink: 0 }}>
              Off
            </Badge>
          )}
        </Group>
      ))}
    </Paper>
  )
}
