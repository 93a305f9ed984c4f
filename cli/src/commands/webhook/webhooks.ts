/** Webhooks as the commands name and show them: those of a stack, or with `--org` those of an organization. */
import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import { Argument, type Option } from 'commander'
import { type Static, Type } from 'typebox'
import { completes, type ListNames } from '../../completion/values.ts'
import { organizationOption, stackOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import type { Session } from '../../session.ts'
import { stackPath } from '../../stack-name.ts'

export const FORMATS = ['raw', 'slack', 'ms_teams'] as const

export const Webhook = Type.Object({
  organizationName: Type.String(),
  projectName: Type.Optional(Type.String({ description: 'Of a stack’s webhook.' })),
  stackName: Type.Optional(Type.String()),
  name: Type.String({ description: 'By which the other commands find it.' }),
  displayName: Type.String(),
  payloadUrl: Type.String(),
  active: Type.Boolean(),
  format: Type.String(),
  filters: Type.Array(Type.String(), { description: 'The events that it hears of; with no group too: all.' }),
  groups: Type.Array(Type.String()),
  hasSecret: Type.Boolean(),
})
export type Webhook = Static<typeof Webhook>

export const Delivery = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  payload: Type.String({ description: 'The body that was sent.' }),
  timestamp: Type.Integer({ description: 'Seconds since 1970.' }),
  duration: Type.Integer({ description: 'Milliseconds.' }),
  requestUrl: Type.String(),
  requestHeaders: Type.String(),
  responseCode: Type.Integer({ description: '0: there was no answer, and responseBody says why.' }),
  responseHeaders: Type.String(),
  responseBody: Type.String({ description: 'Its first 8 kB.' }),
  attempts: Type.Integer(),
  nextAttempt: Type.Optional(Type.String({ description: 'RFC 3339; absent when it is over.' })),
})
export type Delivery = Static<typeof Delivery>

export function ownerOptions(): Option[] {
  return [stackOption(), organizationOption('those of this organization, which hear of all its stacks')]
}

export function webhookArgument(): Argument {
  return completes(new Argument('<webhook>', 'its name, as `daypass webhook list` shows it'), webhookNames)
}

const webhookNames: ListNames = async (session) => {
  const webhooks = await session.read(Type.Array(Webhook), 'GET', await webhookPath(session))
  return webhooks.map(({ name, displayName }) => ({ value: name, about: displayName }))
}

/** @param below such as `/ping`. */
export async function webhookPath(session: Session, hook?: string, below = ''): Promise<string> {
  const owner = await session.owner()
  const all =
    owner.kind === 'stack'
      ? stackPath(`${STACK_PATH}/hooks`, owner.name)
      : pathTo('/api/orgs/:organization/hooks', { organization: owner.organization })
  return `${all}${hook === undefined ? '' : pathTo('/:hook', { hook })}${below}`
}
