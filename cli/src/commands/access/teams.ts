/** `daypass team`: teams, who is in them, and which stacks they reach. */
import { ListTeamsResponse, TEAM_PATH, TEAMS_PATH, Team } from '@daypass/contract/organizations.ts'
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import { completes } from '../../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { stackNames } from '../../known-names.ts'
import { record, table } from '../../output.ts'
import { addServerCommand, organizationOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import type { Session } from '../../session.ts'
import { parseStackName } from '../../stack-name.ts'
import { PERMISSION_WORDS, PERMISSIONS, type Permission, permissionWord } from '../../stack-permission.ts'
import { memberArgument } from './members.ts'
import { teamNames } from './team-names.ts'

interface TextOptions {
  readonly displayName?: string
  readonly description?: string
}

const textOptions = (): Option[] => [
  new Option('--display-name <text>', 'for people'),
  new Option('--description <text>', 'what it is for'),
]

export function addTeamCommands(program: Command, surroundings: Surroundings): void {
  const team = program.command('team').description('teams, who is in them, and which stacks they reach')

  addServerCommand(team, surroundings, {
    name: 'list',
    summary: 'list the teams of an organization',
    options: [organizationOption()],
    example: 'daypass team list --org acme',
    answer: ListTeamsResponse,
    run: async (session) =>
      session.call('GET', pathTo(TEAMS_PATH, { organization: await session.organization() })),
    show: ({ teams }) =>
      table(
        teams,
        {
          NAME: ({ name }) => name,
          'DISPLAY NAME': ({ displayName }) => displayName,
          DESCRIPTION: ({ description }) => description,
          'YOU ARE': ({ userRole }) => (userRole === 'none' ? '' : userRole),
        },
        'No teams. Make one with `daypass team create`.',
      ),
  })

  addServerCommand(team, surroundings, {
    name: 'show',
    summary: 'show a team, its members and its stacks',
    arguments: [teamArgument()],
    options: [organizationOption()],
    example: 'daypass team show ops --org acme',
    answer: Team,
    run: readTeam,
    show: showTeam,
  })

  addServerCommand(team, surroundings, {
    name: 'create',
    summary: 'make a team',
    arguments: [new Argument('<name>', 'letters, digits, "_", "." and "-"')],
    options: [organizationOption(), ...textOptions()],
    example: 'daypass team create ops --org acme --description "keeps it running"',
    answer: Team,
    run: async (session, { displayName, description }: TextOptions, name) => {
      const path = pathTo(TEAMS_PATH, { organization: await session.organization() })
      return session.call('POST', `${path}/pulumi`, { name, displayName, description })
    },
    show: ({ name }) => `Made the team ${name}.`,
  })

  addServerCommand(team, surroundings, {
    name: 'edit',
    summary: 'describe a team anew',
    arguments: [teamArgument()],
    options: [organizationOption(), ...textOptions()],
    example: 'daypass team edit ops --org acme --display-name Operations',
    answer: Team,
    run: async (session, { displayName, description }: TextOptions, name) => {
      if (displayName === undefined && description === undefined)
        throw new FailedCommand('say what to change: --display-name or --description.', EXIT.misused)
      return changed(session, name, { newDisplayName: displayName, newDescription: description })
    },
    show: showTeam,
  })

  addServerCommand(team, surroundings, {
    name: 'delete',
    summary: 'delete a team, with its tokens and what it may do',
    arguments: [teamArgument()],
    options: [organizationOption(), yesOption()],
    example: 'daypass team delete ops --org acme --yes',
    answer: Type.Object({ deleted: Type.String() }),
    run: async (session, options: ConfirmOptions, name = '') => {
      const path = await teamPath(session, name)
      await confirm(`delete the team ${name} and its tokens`, options, surroundings)
      await session.call('DELETE', path)
      return { deleted: name }
    },
    show: ({ deleted }) => `Deleted the team ${deleted}.`,
  })

  addTeamMemberCommands(team, surroundings)
  addTeamStackCommands(team, surroundings)
}

function addTeamMemberCommands(team: Command, surroundings: Surroundings): void {
  const member = team.command('member').description('who is in a team')
  for (const [name, summary] of [
    ['add', 'take a member of the organization into a team'],
    ['remove', 'take somebody out of a team'],
    ['promote', 'make a member of a team its admin'],
    ['demote', 'make an admin of a team its member'],
  ] as const) {
    addServerCommand(member, surroundings, {
      name,
      summary,
      arguments: [teamArgument(), memberArgument()],
      options: [organizationOption()],
      example: `daypass team member ${name} ops bob --org acme`,
      answer: Team,
      run: (session, _options, teamName, login) =>
        changed(session, teamName, { memberAction: name, member: login }),
      show: showTeam,
    })
  }
}

function addTeamStackCommands(team: Command, surroundings: Surroundings): void {
  const stack = team.command('stack').description('which stacks a team reaches')
  const stackArgument = (): Argument =>
    completes(new Argument('<stack>', 'project/stack, or organization/project/stack'), stackNames)

  addServerCommand(stack, surroundings, {
    name: 'grant',
    summary: 'let a team read, write or administer a stack',
    arguments: [
      teamArgument(),
      stackArgument(),
      new Argument('<permission>').choices(PERMISSION_WORDS.filter((word) => word !== 'none')),
    ],
    options: [organizationOption()],
    example: 'daypass team stack grant ops acme/web/prod write',
    answer: Team,
    run: async (session, options: { readonly org?: string }, teamName, text = '', word = '') => {
      const named = projectAndStack(text, options.org ?? (await session.organization()))
      const permission = PERMISSIONS[word as Permission]
      return changed(session, teamName, { addStackPermission: { ...named, permission } })
    },
    show: showTeam,
  })

  addServerCommand(stack, surroundings, {
    name: 'revoke',
    summary: 'let a team reach a stack no more',
    arguments: [teamArgument(), stackArgument()],
    options: [organizationOption()],
    example: 'daypass team stack revoke ops acme/web/prod',
    answer: Team,
    run: async (session, options: { readonly org?: string }, teamName, text = '') =>
      changed(session, teamName, {
        removeStack: projectAndStack(text, options.org ?? (await session.organization())),
      }),
    show: showTeam,
  })
}

function teamArgument(): Argument {
  return completes(new Argument('<team>', 'its name'), teamNames)
}

async function teamPath(session: Session, team = ''): Promise<string> {
  return pathTo(TEAM_PATH, { organization: await session.organization(), team })
}

async function readTeam(session: Session, _options: object, name?: string): Promise<unknown> {
  return session.call('GET', await teamPath(session, name))
}

async function changed(session: Session, name: string | undefined, change: object): Promise<unknown> {
  await session.call('PATCH', await teamPath(session, name), change)
  return readTeam(session, {}, name)
}

/** A team reaches stacks of its own organization only. */
function projectAndStack(text: string, organization: string) {
  const parts = text.split('/')
  const {
    organization: top,
    project,
    stack,
  } = parseStackName(parts.length === 2 ? `${organization}/${text}` : text)
  if (project === undefined || top !== organization) {
    throw new FailedCommand(
      `"${text}" is no stack of ${organization}: give project/stack, or ${organization}/project/stack.`,
      EXIT.misused,
    )
  }
  return { projectName: project, stackName: stack }
}

function showTeam({ name, displayName, description, members = [], stacks = [] }: Team): string {
  return [
    record({ name, 'display name': displayName, description }),
    table(
      members,
      { MEMBER: ({ githubLogin }) => githubLogin, ROLE: ({ role }) => role },
      'Nobody is in it.',
    ),
    table(
      stacks,
      {
        STACK: ({ projectName, stackName }) => `${projectName}/${stackName}`,
        PERMISSION: ({ permission }) => permissionWord(permission),
      },
      'It reaches no stack of its own.',
    ),
  ].join('\n\n')
}
