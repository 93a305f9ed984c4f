/** `daypass org create`, `daypass pool create`, `daypass pool token`: what an administrator makes once. */
import { type FileHandle, open } from 'node:fs/promises'
import type { Command } from 'commander'
import { callServer, type ServerOptions } from '../api.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { printJson, withServer } from '../server-command.ts'

export function addOrganizationCommands(program: Command, surroundings: Surroundings): void {
  const organization = program.command('org').description('organizations')
  withServer(organization.command('create <name>'))
    .description('make an organization; its name is also the audience of its tokens (lower case)')
    .option('--admin <login>', 'its first admin: an existing login, or a new one; default: you')
    .action(async (name: string, options: ServerOptions & { admin?: string }) => {
      const body = { name, ...(options.admin ? { admin: options.admin } : {}) }
      printJson(await callServer('POST', '/api/daypass/orgs', body, options, surroundings))
    })

  const pool = program.command('pool').description('pools that runners claim from')
  withServer(pool.command('create <name>'))
    .description('make a pool, of the installation or of one organization')
    .option(
      '--org <name>',
      'the organization it belongs to; default: the installation, for all organizations',
    )
    .action(async (name: string, options: PoolOptions) => {
      printJson(await callServer('POST', poolsPath(options), { name }, options, surroundings))
    })
  withServer(pool.command('token <name>'))
    .description('make a token with which a runner claims from the pool; it is shown this once')
    .option('--org <name>', 'the organization that the pool belongs to')
    .option('--to <file>', 'write the token alone to this new file, mode 0600, for --pool-token-file')
    .action(async (name: string, options: PoolOptions & { readonly to?: string }) => {
      // Opened first: a token that could not be written would be lost.
      const file = options.to === undefined ? undefined : await newFile(options.to)
      const path = poolsPath(options, `/${encodeURIComponent(name)}/tokens`)
      const made = (await callServer('POST', path, undefined, options, surroundings)) as PoolToken
      if (file === undefined) return printJson(made)
      await file.writeFile(`${made.tokenValue}\n`)
      await file.close()
      printJson({ id: made.id, file: options.to })
    })
}

interface PoolToken {
  readonly id: string
  readonly tokenValue: string
}

async function newFile(path: string): Promise<FileHandle> {
  return open(path, 'wx', 0o600).catch((cause: Error) => {
    throw new FailedCommand(`cannot write the token: ${cause.message}`)
  })
}

type PoolOptions = ServerOptions & { readonly org?: string }

function poolsPath({ org }: PoolOptions, below = ''): string {
  return `/api/daypass/pools${below}${org === undefined ? '' : `?organization=${encodeURIComponent(org)}`}`
}
