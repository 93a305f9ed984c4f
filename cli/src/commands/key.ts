/** `daypass key status` and `daypass key rotate`: the keys that open everything else, without ever seeing one. */
import type { Command } from 'commander'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { callServer, type ServerOptions } from '../api.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { printJson, say, withServer } from '../server-command.ts'

interface RotateOptions extends ServerOptions {
  readonly master?: boolean
  readonly stack?: readonly string[]
}

const MasterRotation = Type.Object({
  rewrapped: Type.Object({ dataKeys: Type.Integer(), signingKeys: Type.Integer() }),
  remaining: Type.Integer(),
})

export function addKeyCommands(program: Command, surroundings: Surroundings): void {
  const key = program.command('key').description('the master key and the keys that it wraps')
  withServer(key.command('status'))
    .description('count the keys, and those that a former master key still wraps (former)')
    .action(async (options: ServerOptions) => {
      printJson(await callServer('GET', '/api/daypass/keys', undefined, options, surroundings))
    })
  withServer(key.command('rotate'))
    .description(
      'after a new master key was put on top of its source: wrap everything with it; or give stacks new keys',
    )
    .option('--master', 'wrap every key anew that a former master key wrapped; repeat it freely')
    .option('--stack <names...>', 'give these stacks (organization/project/stack) a new data key each')
    .action((options: RotateOptions) => rotate(options, surroundings))
}

async function rotate(options: RotateOptions, surroundings: Surroundings): Promise<void> {
  const { master = false, stack = [] } = options
  if (!master && stack.length === 0)
    throw new FailedCommand('say what to rotate: --master, or --stack <names...>.', 2)
  const paths = stack.map(pathOf)
  const stacks: unknown[] = []
  for (const path of paths) stacks.push(await callServer('POST', path, undefined, options, surroundings))
  const rewrapped = master ? await rotateMaster(options, surroundings) : undefined
  printJson({ ...(stack.length > 0 && { stacks }), ...(rewrapped && { rewrapped }) })
}

/** A call does some of them; whatever it was that stopped us, the next one goes on. */
async function rotateMaster(
  options: ServerOptions,
  surroundings: Surroundings,
): Promise<{ dataKeys: number; signingKeys: number }> {
  const sum = { dataKeys: 0, signingKeys: 0 }
  for (;;) {
    const answer = await callServer(
      'POST',
      '/api/daypass/keys/master/rotate',
      undefined,
      options,
      surroundings,
    )
    if (!Check(MasterRotation, answer))
      throw new FailedCommand('the server answered something else than a rotation.')
    const { rewrapped, remaining } = answer
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

function pathOf(stack: string): string {
  const names = stack.split('/')
  if (names.length !== 3 || names.includes('')) {
    throw new FailedCommand(`--stack takes organization/project/stack, not "${stack}".`, 2)
  }
  return `/api/daypass/keys/stacks/${names.map(encodeURIComponent).join('/')}/rotate`
}
