import { Paper } from '@mantine/core'
import { Fact, Facts } from '../parts/facts.tsx'
import { formatWords } from './event-names.ts'
import { listensTo, type Webhook, whither } from './webhook.ts'

export function WebhookFacts({ webhook }: { readonly webhook: Webhook }) {
  return (
    <Paper withBorder p="md">
      <Facts>
        <Fact name="State">
          {webhook.active ? 'On' : 'Off: nothing is sent, and what waited was given up'}
        </Fact>
        <Fact name="Goes to">{whither(webhook)}</Fact>
        <Fact name="Format">{formatWords(webhook.format)}</Fact>
        <Fact name="Listens to">{listensTo(webhook)}</Fact>
        <Fact name="Signature">
          {webhook.hasSecret ? 'HMAC-SHA256 with the secret that is set' : 'None: no secret is set'}
        </Fact>
      </Facts>
    </Paper>
  )
}
