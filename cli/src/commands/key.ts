/** `daypass key status` and `daypass key rotate`: the keys that open everything else, without ever seeing one. */
import { type Command, Option } from 'commander'
import { type Static, Type } from 'typebox'
import { completes } from '../completion/values.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { stackNames } from '../known-names.ts'
import { say, table } from '../output.ts'
import { addServerCommand } from '../server-command.ts'
import { pathTo } from '../server-path.ts'
import type { Session } from '../session.ts'

interface RotateOptions {
  readonly master?: boolean
  readonly stack?: readonly string[]
}

const Count = Type.Object({
  total: Type.Integer(),
  former: Type.Integer({ description: 'Those that a former master key still wraps.' }),
})
const Rewrapped = Type.Object({ dataKeys: Type.Integer(), signingKeys: Type.Integer() })
const MasterRotation = Type.Object({ rewrapped: Rewrapped, remaining: Type.Integer() })

export function addKeyCommands(program: Command, surroundings: Surroundings): void {
  const key = program.command('key').description('the master key and the keys that it wraps')
  addServerCommand(key, surroundings, {
    name: 'status',
    summary: 'count the keys, and those that a former master key still wraps',
    example: 'daypass key status',
    answer: Type.Object({ dataKeys: Count, signingKeys: Count }),
    run: (session) => session.call('GET', '/api/daypass/keys'),
    show: ({ dataKeys, signingKeys }) =>
      table(
        [
          { name: 'data keys', ...dataKeys },
          { name: 'signing keys', ...signingKeys },
        ],
        {
          KEYS: ({ name }) => name,
          TOTAL: ({ total }) => total,
          'OF A FORMER MASTER KEY': ({ former }) => former,
        },
        '',
      ),
  })
  addServerCommand(key, surroundings, {
    name: 'rotate',
    summary:
      'after a new master key was put on top of its source: wrap everything with it; or give stacks new keys',
    options: [
      new Option('--master', 'wrap every key anew that a former master key wrapped; repeat it freely'),
      completes(
        new Option(
          '--stack <names...>',
          'give these stacks (organization/project/stack) a new data key each',
        ),
        stackNames,
      ),
    ],
    example: 'daypass key rotate --master\ndaypass key rotate --stack acme/web/dev',
    answer: Type.Object({
      stacks: Type.Optional(Type.Array(Type.Object({ stack: Type.String(), version: Type.Integer() }))),
      rewrapped: Type.Optional(Rewrapped),
    }),
    run: rotate,
    show: ({ stacks = [], rewrapped }) =>
      [
        ...stacks.map(({ stack, version }) => `${stack} seals with data key ${version} from now on.`),
        ...(rewrapped
          ? [`Wrapped ${rewrapped.dataKeys} data keys and ${rewrapped.signingKeys} signing keys anew.`]
          : []),
      ].join('\n'),
  })
}

async function rotate(session: Session, { master = false, stack = [] }: RotateOptions) {
  if (!master && stack.length === 0)
    throw new FailedCommand('say what to rotate: --master, or --stack <names...>.', EXIT.misused)
  const paths = stack.map(pathOf)
  const stacks: unknown[] = []
  for (const path of paths) stacks.push(await session.call('POST', path))
  const rewrapped = master ? await rotateMaster(session) : undefined
  return { ...(stack.length > 0 && { stacks }), ...(rewrapped && { rewrapped }) }
}

/** A call does some of them; whatever it was that stopped us, the next one goes on. */
async function rotateMaster(session: Session): Promise<Static<typeof Rewrapped>> {
  const sum = { dataKeys: 0, signingKeys: 0 }
  for (;;) {
    const { rewrapped, remaining } = await session.read(
      MasterRotation,
      'POST',
      '/api/daypass/keys/master/rotate',
    )
    sum.dataKeys += rewrapped.dataKeys
    sum.signingKeys += rewrapped.signingKeys
    if (remaining === 0) return sum
    if (rewrapped.dataKeys + rewrapped.signingKeys === 0) {
      throw new FailedCommand(
        `${remaining} keys are still wrapped by a former master key: is another server running with it?`,
      )
    }
    say(`${sum.dataKeys} data keys wrapped anew, ${remaining} to go`)
  }
}

/** In full only: a key is not rotated by guess. */
function pathOf(text: string): string {
  const [organization, project, stack, ...rest] = text.split('/')
  if (!organization || !project || !stack || rest.length > 0) {
    throw new FailedCommand(`--stack takes organization/project/stack, not "${text}".`, EXIT.misused)
  }
  return pathTo('/api/daypass/keys/stacks/:organization/:project/:stack/rotate', {
    organization,
    project,
    stack,
  })
}
