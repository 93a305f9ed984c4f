/** `daypass git-host deliveries` and `redeliver`: what a host has sent, and what followed. */
import { GitDelivery, GitDeliveryDetails, ListGitDeliveriesResponse } from '@daypass/contract/git-hosts.ts'
import { Argument, type Command } from 'commander'
import type { Surroundings } from '../../failed-command.ts'
import { plainTime, record, table } from '../../output.ts'
import { addServerCommand } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import { hostArgument, hostOrganizationOption, hostPath } from './git-hosts.ts'

export function addGitDeliveryCommands(host: Command, surroundings: Surroundings): void {
  addServerCommand(host, surroundings, {
    name: 'deliveries',
    summary: 'list the newest 100 deliveries of a git host, the newest first, and what followed',
    arguments: [hostArgument()],
    options: [hostOrganizationOption()],
    example: 'daypass git-host deliveries github',
    answer: ListGitDeliveriesResponse,
    run: async (session, _options, name) => session.call('GET', await hostPath(session, name, '/deliveries')),
    show: ({ deliveries }) =>
      table(
        deliveries,
        {
          ID: ({ id }) => id,
          RECEIVED: ({ received }) => plainTime(received),
          EVENT: ({ event }) => event,
          ABOUT: ({ about }) => about,
          RESULT: resultOf,
        },
        'Nothing has come yet. Let the host send a test event.',
      ),
  })

  const deliveryArgument = () => new Argument('<delivery-id>', 'as `daypass git-host deliveries` shows it')

  addServerCommand(host, surroundings, {
    name: 'delivery',
    summary: 'show one delivery, as it came and what followed for each stack',
    arguments: [hostArgument(), deliveryArgument()],
    options: [hostOrganizationOption()],
    example: 'daypass git-host delivery github 3f0c9d0e-…',
    answer: GitDeliveryDetails,
    run: async (session, _options, name, delivery = '') =>
      session.call('GET', await hostPath(session, name, pathTo('/deliveries/:delivery', { delivery }))),
    show: ({ body, headers, ...delivery }) =>
      [showDelivery(delivery), record(headers), body].filter((part) => part !== '').join('\n\n'),
  })

  addServerCommand(host, surroundings, {
    name: 'redeliver',
    summary: 'handle a delivery once more; what was deployed for it is not deployed again',
    arguments: [hostArgument(), deliveryArgument()],
    options: [hostOrganizationOption()],
    example: 'daypass git-host redeliver github 3f0c9d0e-…',
    answer: GitDelivery,
    run: async (session, _options, name, delivery = '') =>
      session.call(
        'POST',
        await hostPath(session, name, pathTo('/deliveries/:delivery/redeliver', { delivery })),
      ),
    show: ({ id }) =>
      `It is handled once more: \`daypass git-host deliveries\` shows what follows from ${id}.`,
  })
}

export function resultOf({
  state,
  ignored,
  problem,
  stacks = [],
  notConcerned,
  nextAttempt,
}: GitDelivery): string {
  if (state === 'waiting')
    return problem === undefined ? 'waits' : `again at ${plainTime(nextAttempt)}: ${problem}`
  if (ignored !== undefined) return ignored
  const results = Map.groupBy(stacks, ({ result }) => result)
  const counts = [
    ...[...results].map(([result, of]) => `${of.length} ${result}`),
    // Why nothing happened, by the words of the guide.
    ...Object.entries(notConcerned ?? {}).map(([why, count]) => `${count} ${why}`),
  ]
  return [...counts, ...(problem === undefined ? [] : [problem])].join(', ') || 'concerns no stack'
}

function showDelivery(delivery: GitDelivery): string {
  const { id, event, about, origin, received, attempts, stacks = [] } = delivery
  const facts = record({
    id,
    event,
    about,
    from: origin,
    received: plainTime(received),
    attempts,
    result: resultOf(delivery),
  })
  if (stacks.length === 0) return facts
  const rows = table(
    stacks,
    { STACK: ({ stack }) => stack, RESULT: ({ result }) => result, WHY: ({ message }) => message },
    '',
  )
  return `${facts}\n\n${rows}`
}
