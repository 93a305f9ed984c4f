/** `daypass user`: the accounts of the installation, for its admins; and who you are yourself. */
import { User } from '@daypass/contract/organizations.ts'
import { Argument, type Command, Option } from 'commander'
import { type Static, Type } from 'typebox'
import { completes, type ListNames } from '../../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import type { Surroundings } from '../../failed-command.ts'
import { writeSecretTo } from '../../new-file.ts'
import { plainTime, record, table } from '../../output.ts'
import { addServerCommand } from '../../server-command.ts'
import { pathTo, query } from '../../server-path.ts'
import type { Session } from '../../session.ts'

const USERS_PATH = '/api/daypass/users'

const Person = Type.Object({
  id: Type.String(),
  login: Type.String(),
  name: Type.String(),
  email: Type.String(),
  siteAdmin: Type.Boolean({ description: 'An admin of the installation.' }),
  created: Type.String({ description: 'RFC 3339.' }),
  deactivated: Type.Boolean(),
})
type Person = Static<typeof Person>
const PeoplePage = Type.Object({
  users: Type.Array(Person),
  continuationToken: Type.Optional(Type.String()),
})
const MadePerson = Type.Object({
  login: Type.String(),
  token: Type.Object({ id: Type.String(), tokenValue: Type.String() }),
})

interface CreateOptions {
  readonly name?: string
  readonly email?: string
  readonly siteAdmin?: boolean
  readonly to?: string
}

export function addUserCommands(program: Command, surroundings: Surroundings): void {
  const user = program.command('user').description('accounts of the installation')

  addServerCommand(user, surroundings, {
    name: 'whoami',
    summary: 'say who you are to the server',
    example: 'daypass user whoami',
    answer: User,
    run: (session) => session.call('GET', '/api/user'),
    show: ({ githubLogin, name, email, siteAdmin, organizations, tokenInfo }) =>
      record({
        login: githubLogin,
        name,
        'e-mail': email,
        organizations: organizations.map((one) => `${one.githubLogin} (${one.role})`).join(', '),
        'admin of the installation': siteAdmin,
        token: tokenInfo?.name,
      }),
  })

  addServerCommand(user, surroundings, {
    name: 'list',
    summary: 'list the accounts of the installation',
    example: 'daypass user list',
    answer: Type.Object({ users: Type.Array(Person) }),
    run: async (session) => ({ users: await peopleOf(session) }),
    show: ({ users }) =>
      table(
        users,
        {
          LOGIN: ({ login }) => login,
          NAME: ({ name }) => name,
          'E-MAIL': ({ email }) => email,
          'ADMIN OF THE INSTALLATION': ({ siteAdmin }) => siteAdmin,
          CREATED: ({ created }) => plainTime(created),
          DEACTIVATED: ({ deactivated }) => deactivated,
        },
        'Nobody.',
      ),
  })

  addServerCommand(user, surroundings, {
    name: 'create',
    summary: 'make an account, and its first access token, which is shown this once',
    arguments: [new Argument('<login>', 'lower case, 3 to 40 characters')],
    options: [
      new Option('--name <text>', 'of the person (default: the login)'),
      new Option('--email <address>', 'of the person'),
      new Option('--site-admin', 'let them administer the installation'),
      completes(new Option('--to <file>', 'write the token alone to this new file, mode 0600'), 'file'),
    ],
    example: 'daypass user create bob --name "Bob Stone" --to ./token-of-bob',
    answer: Type.Object({
      login: Type.String(),
      tokenId: Type.String(),
      tokenValue: Type.Optional(Type.String({ description: 'Absent with --to.' })),
      file: Type.Optional(Type.String({ description: 'With --to.' })),
    }),
    run: async (session, { to, ...person }: CreateOptions, login) => {
      const { name, email, siteAdmin } = person
      const make = () => session.read(MadePerson, 'POST', USERS_PATH, { login, name, email, siteAdmin })
      const { token } = await writeSecretTo(to, make, (made) => made.token.tokenValue)
      return {
        login,
        tokenId: token.id,
        ...(to === undefined ? { tokenValue: token.tokenValue } : { file: to }),
      }
    },
    show: ({ login, tokenValue, file }) =>
      tokenValue === undefined
        ? `Made the account ${login}, and wrote its token to ${file}.`
        : `Made the account ${login}. Its access token, shown this once:\n\n${tokenValue}`,
  })

  for (const [name, summary, sentence] of [
    ['deactivate', 'let all that a person’s tokens can do end, in every organization', 'can do nothing more'],
    ['reactivate', 'let a person’s tokens work again', 'is active again'],
  ] as const) {
    addServerCommand(user, surroundings, {
      name,
      summary,
      arguments: [completes(new Argument('<login>'), logins)],
      options: name === 'deactivate' ? [yesOption()] : [],
      example: `daypass user ${name} bob${name === 'deactivate' ? ' --yes' : ''}`,
      answer: Type.Object({ login: Type.String(), deactivated: Type.Boolean() }),
      run: async (session, options: ConfirmOptions, login = '') => {
        const path = `${USERS_PATH}${pathTo(`/:login/${name}`, { login })}`
        if (name === 'deactivate') await confirm(`deactivate ${login} everywhere`, options, surroundings)
        await session.call('POST', path)
        return { login, deactivated: name === 'deactivate' }
      },
      show: ({ login }) => `${login} ${sentence}.`,
    })
  }
}

async function peopleOf(session: Session): Promise<Person[]> {
  const people: Person[] = []
  for (let continuationToken: string | undefined; ; ) {
    const page = await session.read(PeoplePage, 'GET', `${USERS_PATH}${query({ continuationToken })}`)
    people.push(...page.users)
    continuationToken = page.continuationToken
    if (continuationToken === undefined) return people
  }
}

const logins: ListNames = async (session) =>
  (await peopleOf(session)).map(({ login, name }) => ({ value: login, about: name }))
