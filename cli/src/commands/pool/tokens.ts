/** `daypass pool token`: what a runner shows to claim from a pool. */
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import { completes } from '../../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import type { Surroundings } from '../../failed-command.ts'
import { writeSecretTo } from '../../new-file.ts'
import { plainTime, table } from '../../output.ts'
import { addServerCommand, organizationOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import { ownPoolsPath, type PoolOptions, poolNames, sharedOption } from './pools.ts'

const Token = Type.Object({
  id: Type.String(),
  createdAt: Type.String({ description: 'RFC 3339.' }),
  ephemeral: Type.Boolean({ description: 'Of the runner inside `daypass start`: ends with it.' }),
})

const MadeToken = Type.Object({ id: Type.String(), tokenValue: Type.String() })

export function addPoolTokenCommands(pool: Command, surroundings: Surroundings): void {
  const token = pool.command('token').description('tokens with which runners claim from a pool')
  const poolName = (): Argument => completes(new Argument('<pool>', 'its name'), poolNames)

  addServerCommand(token, surroundings, {
    name: 'list',
    summary: 'list the tokens of a pool, without their values',
    arguments: [poolName()],
    options: [organizationOption(), sharedOption()],
    example: 'daypass pool token list eu --org acme',
    answer: Type.Object({ tokens: Type.Array(Token) }),
    run: async (session, options: PoolOptions, name) =>
      session.call('GET', await ownPoolsPath(session, options, name, '/tokens')),
    show: ({ tokens }) =>
      table(
        tokens,
        {
          ID: ({ id }) => id,
          CREATED: ({ createdAt }) => plainTime(createdAt),
          EPHEMERAL: ({ ephemeral }) => ephemeral,
        },
        'No tokens. Make one with `daypass pool token create`.',
      ),
  })

  addServerCommand(token, surroundings, {
    name: 'create',
    summary: 'make a token with which a runner claims from the pool; it is shown this once',
    arguments: [poolName()],
    options: [
      organizationOption(),
      sharedOption(),
      completes(
        new Option('--to <file>', 'write the token alone to this new file, mode 0600, for --pool-token-file'),
        'file',
      ),
    ],
    example: 'daypass pool token create eu --org acme --to ./pool-token',
    answer: Type.Object({
      id: Type.String(),
      tokenValue: Type.Optional(Type.String({ description: 'Absent with --to.' })),
      file: Type.Optional(Type.String({ description: 'With --to.' })),
    }),
    run: async (session, options: PoolOptions & { readonly to?: string }, name) => {
      const path = await ownPoolsPath(session, options, name, '/tokens')
      const make = () => session.read(MadeToken, 'POST', path)
      const { id, tokenValue } = await writeSecretTo(options.to, make, (made) => made.tokenValue)
      return { id, ...(options.to === undefined ? { tokenValue } : { file: options.to }) }
    },
    show: ({ tokenValue, file }) => tokenValue ?? `Wrote the token to ${file}.`,
  })

  addServerCommand(token, surroundings, {
    name: 'revoke',
    summary: 'end a token: its runners claim nothing more',
    arguments: [poolName(), new Argument('<token-id>', 'as `daypass pool token list` shows it')],
    options: [organizationOption(), sharedOption(), yesOption()],
    example: 'daypass pool token revoke eu 3f0c9d0e-… --org acme --yes',
    answer: Type.Object({ revoked: Type.String() }),
    run: async (session, options: PoolOptions & ConfirmOptions, name, id = '') => {
      const path = await ownPoolsPath(session, options, name, pathTo('/tokens/:id', { id }))
      await confirm(`end the token ${id} of the pool ${name}`, options, surroundings)
      await session.call('DELETE', path)
      return { revoked: id }
    },
    show: ({ revoked }) => `The token ${revoked} is good no more.`,
  })
}
