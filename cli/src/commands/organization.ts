/** `daypass org create`, `daypass pool create`, `daypass pool token`: what an administrator makes once. */
import type { Command } from 'commander'
import { callServer, type ServerOptions } from '../api.ts'
import type { Surroundings } from '../failed-command.ts'

export function addOrganizationCommands(program: Command, surroundings: Surroundings): void {
  const organization = program.command('org').description('organizations')
  withServer(organization.command('create <name>'))
    .description('make an organization; its name is also the audience of its tokens (lower case)')
    .option('--admin <login>', 'its first admin: an existing login, or a new one; default: you')
    .action(async (name: string, options: ServerOptions & { admin?: string }) => {
      const body = { name, ...(options.admin ? { admin: options.admin } : {}) }
      print(await callServer('POST', '/api/daypass/orgs', body, options, surroundings))
    })

  const pool = program.command('pool').description('pools that runners claim from')
  withServer(pool.command('create <name>'))
    .description('make a pool, of the installation or of one organization')
    .option(
      '--org <name>',
      'the organization it belongs to; default: the installation, for all organizations',
    )
    .action(async (name: string, options: PoolOptions) => {
      print(await callServer('POST', poolsPath(options), { name }, options, surroundings))
    })
  withServer(pool.command('token <name>'))
    .description('make a token with which a runner claims from the pool; prints it, once')
    .option('--org <name>', 'the organization that the pool belongs to')
    .action(async (name: string, options: PoolOptions) => {
      const path = poolsPath(options, `/${encodeURIComponent(name)}/tokens`)
      print(await callServer('POST', path, undefined, options, surroundings))
    })
}

type PoolOptions = ServerOptions & { readonly org?: string }

function poolsPath({ org }: PoolOptions, below = ''): string {
  return `/api/daypass/pools${below}${org === undefined ? '' : `?organization=${encodeURIComponent(org)}`}`
}

function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'the server (DAYPASS_SERVER; default http://127.0.0.1:8080)')
    .option('--token-file <file>', 'file with your access token (otherwise DAYPASS_TOKEN)')
}

function print(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
}
