/** `daypass org`: an organization is made by an administrator of the installation, and its limits are its admins'. */
import {
  DEPLOYMENT_LIMITS_PATH,
  DeploymentLimits,
  type PatchDeploymentLimitsRequest,
} from '@daypass/contract/deployment-limits.ts'
import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { Type } from 'typebox'
import { parseDurationSeconds } from '../duration.ts'
import type { Surroundings } from '../failed-command.ts'
import { addServerCommand, organizationOption } from '../server-command.ts'
import { pathTo } from '../server-path.ts'
import { addOrganizationSettingsCommands } from './organization-settings.ts'

const MadeOrganization = Type.Object({
  id: Type.String(),
  name: Type.String(),
  admin: Type.String(),
  adminToken: Type.Optional(
    Type.Object(
      { id: Type.String(), tokenValue: Type.String() },
      { description: 'Of an admin who was made with it: shown this once.' },
    ),
  ),
})

export function addOrganizationCommands(program: Command, surroundings: Surroundings): void {
  const organization = program.command('org').description('organizations')
  addServerCommand(organization, surroundings, {
    name: 'create',
    summary: 'make an organization; its name is also the audience of its tokens',
    arguments: [new Argument('<name>', 'lower case, 3 to 40 characters')],
    options: [
      new Option('--admin <login>', 'its first admin: an existing login, or a new one (default: you)'),
    ],
    example: 'daypass org create acme --admin alice',
    answer: MadeOrganization,
    run: (session, { admin }: { readonly admin?: string }, name) =>
      session.call('POST', '/api/daypass/orgs', { name, ...(admin === undefined ? {} : { admin }) }),
    show: ({ name, admin, adminToken }) =>
      [
        `Made the organization ${name}; its admin is ${admin}.`,
        ...(adminToken ? [`The access token of ${admin}, shown this once:`, '', adminToken.tokenValue] : []),
      ].join('\n'),
  })

  addOrganizationSettingsCommands(organization, surroundings)

  addServerCommand(organization, surroundings, {
    name: 'limits',
    summary: 'show or change how many deployments run at the same time, and for how long',
    options: [
      organizationOption(),
      new Option('--concurrency <count>', 'so many at the same time; those that run go on').argParser(
        parseCount,
      ),
      new Option(
        '--timeout <length>',
        'end a deployment that runs longer, such as 2h; of those asked for from now on',
      ).argParser(parseDurationSeconds),
    ],
    example: 'daypass org limits --org acme\ndaypass org limits --org acme --concurrency 50 --timeout 4h',
    answer: DeploymentLimits,
    run: async (session, { concurrency, timeout: timeoutSeconds }: LimitOptions) => {
      const path = pathTo(DEPLOYMENT_LIMITS_PATH, { organization: await session.organization() })
      if (concurrency === undefined && timeoutSeconds === undefined) return session.call('GET', path)
      const change: PatchDeploymentLimitsRequest = {
        ...(concurrency !== undefined && { concurrency }),
        ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      }
      return session.call('PATCH', path, change)
    },
    show: ({ concurrency, timeoutSeconds }) =>
      `${concurrency} at the same time, each for at most ${timeoutSeconds / 60} minutes.`,
  })
}

function parseCount(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.')
  return Number(text)
}

interface LimitOptions {
  readonly concurrency?: number
  readonly timeout?: number
}
