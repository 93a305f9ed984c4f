/** `daypass webhook ping`, `deliveries` and `redeliver`: what was sent, and what the receiver said to it. */
import { WebhookDelivery } from '@daypass/contract/webhooks.ts'
import { Argument, type Command } from 'commander'
import { Type } from 'typebox'
import type { Surroundings } from '../../failed-command.ts'
import { plainTime, record, table, timeOf } from '../../output.ts'
import { addServerCommand } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import { ownerOptions, webhookArgument, webhookPath } from './webhooks.ts'

export function addDeliveryCommands(webhook: Command, surroundings: Surroundings): void {
  addServerCommand(webhook, surroundings, {
    name: 'ping',
    summary: 'send a ping now, and fail when the receiver does not take it',
    arguments: [webhookArgument()],
    options: ownerOptions(),
    example: 'daypass webhook ping ci --stack acme/web/dev',
    answer: WebhookDelivery,
    run: async (session, _options, hook) => session.call('POST', await webhookPath(session, hook, '/ping')),
    show: showDelivery,
    failure: notTaken,
  })

  addServerCommand(webhook, surroundings, {
    name: 'deliveries',
    summary: 'list the newest 100 deliveries, the newest first',
    arguments: [webhookArgument()],
    options: ownerOptions(),
    example: 'daypass webhook deliveries ci --stack acme/web/dev',
    answer: Type.Object({ deliveries: Type.Array(WebhookDelivery) }),
    run: async (session, _options, hook) => ({
      deliveries: await session.call('GET', await webhookPath(session, hook, '/deliveries')),
    }),
    show: ({ deliveries }) =>
      table(
        deliveries,
        {
          ID: ({ id }) => id,
          KIND: ({ kind }) => kind,
          SENT: ({ timestamp }) => timeOf(timestamp),
          ANSWER: ({ responseCode }) => responseCode || 'none',
          MS: ({ duration }) => duration,
          ATTEMPTS: ({ attempts }) => attempts,
          'NEXT ATTEMPT': ({ nextAttempt }) => plainTime(nextAttempt),
        },
        'Nothing was sent yet. Try it with `daypass webhook ping`.',
      ),
  })

  addServerCommand(webhook, surroundings, {
    name: 'redeliver',
    summary: 'send a delivery again as it was, and fail when the receiver does not take it',
    arguments: [webhookArgument(), new Argument('<delivery-id>', 'as `daypass webhook deliveries` shows it')],
    options: ownerOptions(),
    example: 'daypass webhook redeliver ci 3f0c9d0e-… --stack acme/web/dev',
    answer: WebhookDelivery,
    run: async (session, _options, hook, event = '') =>
      session.call(
        'POST',
        await webhookPath(session, hook, pathTo('/deliveries/:event/redeliver', { event })),
      ),
    show: showDelivery,
    failure: notTaken,
  })
}

function notTaken({ responseCode }: WebhookDelivery): string | undefined {
  if (responseCode >= 200 && responseCode <= 299) return undefined
  return responseCode === 0
    ? 'the receiver did not answer.'
    : `the receiver did not take it: it answered ${responseCode}.`
}

function showDelivery({
  id,
  kind,
  responseCode,
  responseBody,
  duration,
  requestUrl,
}: WebhookDelivery): string {
  return record({
    id,
    kind,
    to: requestUrl,
    answer: responseCode || 'none',
    milliseconds: duration,
    body: responseBody,
  })
}
