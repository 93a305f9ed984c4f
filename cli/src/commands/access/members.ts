/** `daypass member`: who belongs to an organization, and as what. */
import {
  ListMembersResponse,
  MEMBER_PATH,
  MEMBERS_PATH,
  MemberRole,
  OrganizationMember,
} from '@daypass/contract/organizations.ts'
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import { completes, type ListNames } from '../../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import type { Surroundings } from '../../failed-command.ts'
import { table } from '../../output.ts'
import { addServerCommand, organizationOption } from '../../server-command.ts'
import { pathTo, query } from '../../server-path.ts'
import type { Session } from '../../session.ts'
import { addInvitationCommands } from './invitations.ts'

const ROLES = MemberRole.anyOf.map((one) => one.const)

export function addMemberCommands(program: Command, surroundings: Surroundings): void {
  const member = program.command('member').description('who belongs to an organization, and as what')
  const org = (): Option => organizationOption()

  addServerCommand(member, surroundings, {
    name: 'list',
    summary: 'list the members of an organization',
    options: [org()],
    example: 'daypass member list --org acme',
    answer: Type.Object({ members: Type.Array(OrganizationMember) }),
    run: async (session) => ({ members: await membersOf(session) }),
    show: ({ members }) =>
      table(
        members,
        {
          LOGIN: ({ user }) => user.githubLogin,
          NAME: ({ user }) => user.name,
          'E-MAIL': ({ user }) => user.email,
          ROLE: ({ role }) => role,
          TEAMS: ({ teams }) => teams.join(', '),
          SUSPENDED: ({ suspended }) => suspended,
        },
        'No members.',
      ),
  })

  addServerCommand(member, surroundings, {
    name: 'add',
    summary: 'take a person in who has a login already; `invite` is for others',
    arguments: [new Argument('<login>')],
    options: [org(), roleOption().default('member')],
    example: 'daypass member add bob --org acme --role member',
    answer: Member,
    run: async (session, { role }: { readonly role: string }, login) => {
      await session.call('POST', await memberPath(session, login), { role })
      return { organization: await session.organization(), login, role }
    },
    show: ({ organization, login, role }) => `${login} belongs to ${organization} as ${role}.`,
  })

  addServerCommand(member, surroundings, {
    name: 'role',
    summary: 'change what a member is',
    arguments: [memberArgument(), new Argument('<role>').choices(ROLES)],
    options: [org()],
    example: 'daypass member role bob admin --org acme',
    answer: Member,
    run: async (session, _options, login, role) => {
      await session.call('PATCH', await memberPath(session, login), { role })
      return { organization: await session.organization(), login, role }
    },
    show: ({ organization, login, role }) => `${login} is ${role} of ${organization} from now on.`,
  })

  addServerCommand(member, surroundings, {
    name: 'remove',
    summary: 'let a person go; the account stays',
    arguments: [memberArgument()],
    options: [org(), yesOption()],
    example: 'daypass member remove bob --org acme --yes',
    answer: Type.Object({ removed: Type.String() }),
    run: async (session, options: ConfirmOptions, login = '') => {
      const path = await memberPath(session, login)
      await confirm(`take ${login} out of ${await session.organization()}`, options, surroundings)
      await session.call('DELETE', path)
      return { removed: login }
    },
    show: ({ removed }) => `${removed} is a member no more.`,
  })

  addInvitationCommands(member, surroundings, ROLES)
}

const Member = Type.Object({ organization: Type.String(), login: Type.String(), role: MemberRole })

function roleOption(): Option {
  return new Option('--role <role>', 'as what').choices(ROLES)
}

/** All of them, page by page. */
async function membersOf(session: Session) {
  const path = pathTo(MEMBERS_PATH, { organization: await session.organization() })
  const members: OrganizationMember[] = []
  for (let continuationToken: string | undefined; ; ) {
    const page = await session.read(ListMembersResponse, 'GET', `${path}${query({ continuationToken })}`)
    members.push(...page.members)
    continuationToken = page.continuationToken || undefined
    if (continuationToken === undefined) return members
  }
}

const memberLogins: ListNames = async (session) =>
  (await membersOf(session)).map(({ user, role }) => ({ value: user.githubLogin, about: role }))

export function memberArgument(): Argument {
  return completes(new Argument('<login>', 'of a member'), memberLogins)
}

async function memberPath(session: Session, login = ''): Promise<string> {
  return pathTo(MEMBER_PATH, { organization: await session.organization(), login })
}
