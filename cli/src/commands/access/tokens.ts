/** `daypass token`: access tokens of yourself, of an organization, and of a team. The value is shown once. */
import {
  CreateTokenResponse,
  ListTokensResponse,
  ORGANIZATION_TOKENS_PATH,
  PERSONAL_TOKENS_PATH,
  TEAM_TOKENS_PATH,
} from '@daypass/contract/access-tokens.ts'
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import { completes, type ListNames } from '../../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import { parseExpiry } from '../../duration.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { writeSecretTo } from '../../new-file.ts'
import { plainTime, table, timeOf } from '../../output.ts'
import { addServerCommand, organizationOption } from '../../server-command.ts'
import { pathTo, query } from '../../server-path.ts'
import type { Session } from '../../session.ts'
import { teamNames } from './team-names.ts'

interface OwnerOptions {
  readonly org?: string
  readonly team?: string
}

interface CreateOptions extends OwnerOptions {
  readonly name?: string
  readonly description?: string
  readonly expires?: string
  readonly admin?: boolean
  readonly to?: string
}

const ownerOptions = (): Option[] => [
  organizationOption('tokens of this organization (default: your own)'),
  completes(new Option('--team <name>', 'tokens of this team'), teamNames),
]

export function addTokenCommands(program: Command, surroundings: Surroundings): void {
  const token = program.command('token').description('access tokens: your own, an organization’s, a team’s')

  addServerCommand(token, surroundings, {
    name: 'list',
    summary: 'list tokens, without their values',
    options: ownerOptions(),
    example: 'daypass token list\ndaypass token list --org acme\ndaypass token list --org acme --team ops',
    answer: ListTokensResponse,
    run: listTokens,
    show: ({ tokens }) =>
      table(
        tokens,
        {
          ID: ({ id }) => id,
          NAME: ({ name }) => name,
          DESCRIPTION: ({ description }) => description,
          ADMIN: ({ admin }) => admin,
          CREATED: ({ created }) => plainTime(created),
          'LAST USED': ({ lastUsed }) => timeOf(lastUsed),
          EXPIRES: ({ expires }) => timeOf(expires) || 'never',
        },
        'No tokens.',
      ),
  })

  addServerCommand(token, surroundings, {
    name: 'create',
    summary: 'make a token; it is shown this once',
    options: [
      ...ownerOptions(),
      new Option('--name <name>', 'of an organization’s or team’s token: never to be used again'),
      new Option('--description <text>', 'what it is for'),
      new Option('--expires <time>', 'such as 90d, 12h or 2027-01-31 (default: never)'),
      new Option('--admin', 'of an organization’s token: let it do all that an admin may'),
      completes(new Option('--to <file>', 'write the token alone to this new file, mode 0600'), 'file'),
    ],
    example: `daypass token create --description laptop --expires 90d
daypass token create --org acme --team ops --name ci --expires 90d --to ./token`,
    answer: Type.Object({
      id: Type.String(),
      tokenValue: Type.Optional(Type.String({ description: 'Absent with --to.' })),
      file: Type.Optional(Type.String({ description: 'With --to.' })),
    }),
    run: (session, options: CreateOptions) => createToken(session, options, surroundings),
    show: ({ tokenValue, file }) => tokenValue ?? `Wrote the token to ${file}.`,
  })

  addServerCommand(token, surroundings, {
    name: 'delete',
    summary: 'end a token at once',
    arguments: [completes(new Argument('<token-id>', 'as `daypass token list` shows it'), tokenIds)],
    options: [...ownerOptions(), new Option('--reason <text>', 'why, for the audit log'), yesOption()],
    example: 'daypass token delete 3f0c9d0e-… --org acme --yes',
    answer: Type.Object({ deleted: Type.String() }),
    run: async (session, options: OwnerOptions & ConfirmOptions & { readonly reason?: string }, id = '') => {
      const path = `${await pathOf(session, options)}${pathTo('/:id', { id })}`
      await confirm(`end the token ${id}`, options, surroundings)
      await session.call('DELETE', `${path}${query({ reason: options.reason })}`)
      return { deleted: id }
    },
    show: ({ deleted }) => `The token ${deleted} is good no more.`,
  })
}

async function listTokens(session: Session, options: OwnerOptions) {
  return session.read(ListTokensResponse, 'GET', await pathOf(session, options))
}

const tokenIds: ListNames = async (session, given) => {
  const { tokens } = await listTokens(session, given as OwnerOptions)
  return tokens.map(({ id, name, description }) => ({ value: id, about: name || description }))
}

async function createToken(session: Session, options: CreateOptions, { now }: Surroundings) {
  const { org, team, name, description, expires: text, admin, to } = options
  const isPersonal = org === undefined && team === undefined
  if (isPersonal && name !== undefined) throw misused('your own tokens have no --name: say --description.')
  if (isPersonal && description === undefined) throw misused('say what it is for: --description.')
  if (!isPersonal && name === undefined) throw misused('say what it is called: --name.')
  if (admin && (isPersonal || team !== undefined)) throw misused('--admin is for an organization’s token.')
  const expires = text === undefined ? 0 : parseExpiry(text, now())
  if (expires === undefined) throw misused(`"${text}" is no time to come: say 90d, 12h or 2027-01-31.`)
  const body = { name, description, expires, admin }
  const path = await pathOf(session, options)
  const make = () => session.read(CreateTokenResponse, 'POST', path, body)
  const { id, tokenValue } = await writeSecretTo(to, make, (made) => made.tokenValue)
  return { id, ...(to === undefined ? { tokenValue } : { file: to }) }
}

async function pathOf(session: Session, { org, team }: OwnerOptions): Promise<string> {
  if (org === undefined && team === undefined) return PERSONAL_TOKENS_PATH
  const organization = await session.organization()
  return team === undefined
    ? pathTo(ORGANIZATION_TOKENS_PATH, { organization })
    : pathTo(TEAM_TOKENS_PATH, { organization, team })
}

function misused(sentence: string): FailedCommand {
  return new FailedCommand(sentence, EXIT.misused)
}
