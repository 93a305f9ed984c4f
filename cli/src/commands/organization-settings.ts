/** `daypass org show` and `org edit`: what an organization's members may do by themselves. */
import { ORGANIZATION_PATH, Organization } from '@daypass/contract/organizations.ts'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Static } from 'typebox'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { record } from '../output.ts'
import { addServerCommand, organizationOption } from '../server-command.ts'
import { pathTo } from '../server-path.ts'
import type { Session } from '../session.ts'
import { PERMISSION_WORDS, PERMISSIONS, type Permission, permissionWord } from '../stack-permission.ts'

interface EditOptions {
  readonly defaultPermission?: Permission
  readonly membersCreateStacks?: YesNo
  readonly membersDeleteStacks?: YesNo
  readonly membersTransferStacks?: YesNo
  readonly membersCreateTeams?: YesNo
  readonly longestTokenDays?: number
}
type YesNo = 'yes' | 'no'

export function addOrganizationSettingsCommands(organization: Command, surroundings: Surroundings): void {
  addServerCommand(organization, surroundings, {
    name: 'show',
    summary: 'show what the members of an organization may do by themselves',
    options: [organizationOption()],
    example: 'daypass org show --org acme',
    answer: Organization,
    run: async (session) => session.call('GET', await pathOf(session)),
    show: showOrganization,
  })

  addServerCommand(organization, surroundings, {
    name: 'edit',
    summary: 'say what the members of an organization may do by themselves',
    options: [
      organizationOption(),
      new Option('--default-permission <permission>', 'of every member on every stack').choices(
        PERMISSION_WORDS,
      ),
      yesNo('--members-create-stacks', 'whether members make stacks'),
      yesNo('--members-delete-stacks', 'whether those who administer a stack delete it'),
      yesNo('--members-transfer-stacks', 'whether those who administer a stack give it away'),
      yesNo('--members-create-teams', 'whether members make teams'),
      new Option('--longest-token-days <days>', 'how long tokens may live; 0: no limit of its own').argParser(
        parseDays,
      ),
    ],
    example: 'daypass org edit --org acme --default-permission none --longest-token-days 90',
    answer: Organization,
    run: async (session, options: EditOptions) => {
      const change = changeOf(options)
      if (Object.values(change).every((value) => value === undefined))
        throw new FailedCommand('say what to change; --help lists it.', EXIT.misused)
      const path = await pathOf(session)
      await session.call('PATCH', path, change)
      return session.call('GET', path)
    },
    show: showOrganization,
  })
}

function yesNo(flag: string, meaning: string): Option {
  return new Option(`${flag} <answer>`, meaning).choices(['yes', 'no'])
}

function parseDays(text: string): number {
  if (/^(?:0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= 730) return Number(text)
  throw new InvalidArgumentError('It is a number of days from 0 to 730.')
}

function changeOf(options: EditOptions) {
  const flag = (said: YesNo | undefined) => said && said === 'yes'
  const { defaultPermission } = options
  return {
    setDefaultStackPermission: defaultPermission && PERMISSIONS[defaultPermission],
    setMembersCanCreateStacks: flag(options.membersCreateStacks),
    setMembersCanDeleteStacks: flag(options.membersDeleteStacks),
    setMembersCanTransferStacks: flag(options.membersTransferStacks),
    setMembersCanCreateTeams: flag(options.membersCreateTeams),
    setMaxAccessTokenExpiryDays: options.longestTokenDays,
  }
}

async function pathOf(session: Session): Promise<string> {
  return pathTo(ORGANIZATION_PATH, { organization: await session.organization() })
}

function showOrganization(organization: Static<typeof Organization>): string {
  const answer = (flag: boolean): string => (flag ? 'yes' : 'no')
  return record({
    name: organization.githubLogin,
    'default permission': permissionWord(organization.defaultStackPermission),
    'members create stacks': answer(organization.membersCanCreateStacks),
    'members delete stacks': answer(organization.membersCanDeleteStacks),
    'members transfer stacks': answer(organization.membersCanTransferStacks),
    'members create teams': answer(organization.membersCanCreateTeams),
    'longest token': organization.maxAccessTokenExpiryDays
      ? `${organization.maxAccessTokenExpiryDays} days`
      : 'no limit of its own',
    'default pool': organization.defaultAgentPoolID ?? 'the shared one',
  })
}
