import type { GitDelivery, GitDeliveryDetails } from '@daypass/contract/git-hosts.ts'
import type { Delivery, WholeDelivery } from './delivery.sql.ts'

export function deliveryAnswer(delivery: Delivery): GitDelivery {
  const { id, event, origin, subject, receivedAt, attempts, dueAt, handledAt, outcome } = delivery
  const { stacks, ...rest } = outcome ?? {}
  return {
    id,
    event,
    origin,
    ...(subject !== null && { about: subject }),
    received: receivedAt.toISOString(),
    attempts,
    state: dueAt === null ? 'handled' : 'waiting',
    ...(dueAt && { nextAttempt: dueAt.toISOString() }),
    ...(handledAt && { handled: handledAt.toISOString() }),
    ...rest,
    ...(stacks && { stacks: stacks.map((stack) => ({ ...stack })) }),
  }
}

export function deliveryDetails(delivery: WholeDelivery): GitDeliveryDetails {
  const { headers, body } = delivery
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  return { ...deliveryAnswer(delivery), headers: Object.fromEntries(kept), body: body.toString('utf8') }
}
