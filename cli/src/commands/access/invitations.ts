/** `daypass member invite` and its like: for people who have no login here yet. */
import {
  INVITATION_PATH,
  INVITATIONS_PATH,
  ListInvitationsResponse,
  MadeInvitation,
} from '@daypass/contract/invitations.ts'
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import { completes, type ListNames } from '../../completion/values.ts'
import type { Surroundings } from '../../failed-command.ts'
import { plainTime, table } from '../../output.ts'
import { addServerCommand, organizationOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import type { Session } from '../../session.ts'

interface InviteOptions {
  readonly role?: string
  readonly name?: string
  readonly email?: string
}

export function addInvitationCommands(
  member: Command,
  surroundings: Surroundings,
  roles: readonly string[],
): void {
  addServerCommand(member, surroundings, {
    name: 'invite',
    summary: 'invite a person who has no login yet: the answer has a link for them alone, shown this once',
    arguments: [new Argument('<login>', 'what the person will be called')],
    options: [
      organizationOption(),
      new Option('--role <role>', 'as what (default: member)').choices(roles),
      new Option('--name <text>', 'of the person'),
      new Option('--email <address>', 'of the person; nothing is sent there'),
    ],
    example: 'daypass member invite bob --org acme',
    answer: MadeInvitation,
    run: async (session, { role, name, email }: InviteOptions, login) =>
      session.call('POST', await allPath(session), { login, role, name, email }),
    show: ({ login, role, url, expires }) =>
      `Give this link to ${login} alone. It is shown this once, is good for one use until ${plainTime(expires)}, and makes them ${role}:\n\n${url}`,
  })

  addServerCommand(member, surroundings, {
    name: 'invitations',
    summary: 'list the invitations that nobody has taken yet',
    options: [organizationOption()],
    example: 'daypass member invitations --org acme',
    answer: ListInvitationsResponse,
    run: readInvitations,
    show: ({ invitations }) =>
      table(
        invitations,
        {
          ID: ({ id }) => id,
          LOGIN: ({ login }) => login,
          ROLE: ({ role }) => role,
          BY: ({ createdBy }) => createdBy,
          EXPIRES: ({ expires }) => plainTime(expires),
        },
        'No invitations.',
      ),
  })

  addServerCommand(member, surroundings, {
    name: 'uninvite',
    summary: 'take an invitation back',
    arguments: [
      completes(new Argument('<invitation-id>', 'as `daypass member invitations` shows it'), invitationIds),
    ],
    options: [organizationOption()],
    example: 'daypass member uninvite 3f0c9d0e-… --org acme',
    answer: Type.Object({ deleted: Type.String() }),
    run: async (session, _options, id = '') => {
      await session.call(
        'DELETE',
        pathTo(INVITATION_PATH, { organization: await session.organization(), id }),
      )
      return { deleted: id }
    },
    show: () => 'The link is good no more.',
  })
}

async function allPath(session: Session): Promise<string> {
  return pathTo(INVITATIONS_PATH, { organization: await session.organization() })
}

async function readInvitations(session: Session) {
  return session.read(ListInvitationsResponse, 'GET', await allPath(session))
}

const invitationIds: ListNames = async (session) => {
  const { invitations } = await readInvitations(session)
  return invitations.map(({ id, login }) => ({ value: id, about: login }))
}
