/** Webhooks as the commands name and show them: those of a stack, or with `--org` those of an organization. */
import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import { WebhookResponse } from '@daypass/contract/webhooks.ts'
import { Argument, type Option } from 'commander'
import { Type } from 'typebox'
import { completes, type ListNames } from '../../completion/values.ts'
import { organizationOption, stackOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import type { Session } from '../../session.ts'
import { stackPath } from '../../stack-name.ts'

export const FORMATS = ['raw', 'slack', 'ms_teams', 'pulumi_deployments'] as const

export function ownerOptions(): Option[] {
  return [stackOption(), organizationOption('those of this organization, which hear of all its stacks')]
}

export function webhookArgument(): Argument {
  return completes(new Argument('<webhook>', 'its name, as `daypass webhook list` shows it'), webhookNames)
}

const webhookNames: ListNames = async (session) => {
  const webhooks = await session.read(Type.Array(WebhookResponse), 'GET', await webhookPath(session))
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
