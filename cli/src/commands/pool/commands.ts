/** `daypass pool`: what runners claim from, and the tokens that they do it with. */
import { AgentPoolDetail } from '@daypass/contract/agent-pools.ts'
import { ORGANIZATION_PATH } from '@daypass/contract/organizations.ts'
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import { completes } from '../../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { record, table, timeOf } from '../../output.ts'
import { addServerCommand, organizationOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import {
  findPool,
  ownPoolsPath,
  Pool,
  type PoolOptions,
  poolArgument,
  poolNames,
  poolsOf,
  sharedOption,
} from './pools.ts'
import { addPoolTokenCommands } from './tokens.ts'

export function addPoolCommands(program: Command, surroundings: Surroundings): void {
  const pool = program.command('pool').description('pools that runners claim from, and their tokens')

  addServerCommand(pool, surroundings, {
    name: 'list',
    summary: 'list the pools of an organization, or the shared ones',
    options: [organizationOption(), sharedOption()],
    example: 'daypass pool list --org acme',
    answer: Type.Object({ pools: Type.Array(Pool) }),
    run: async (session, options: PoolOptions) => ({ pools: await poolsOf(session, options) }),
    show: ({ pools }) =>
      table(
        pools,
        {
          NAME: ({ name }) => name,
          STATUS: ({ status }) => status,
          DEFAULT: ({ isDefault }) => isDefault,
          'LAST SEEN': ({ lastSeen }) => timeOf(lastSeen),
          'LAST DEPLOYMENT': ({ lastDeployment }) => timeOf(lastDeployment),
          DESCRIPTION: ({ description }) => description,
        },
        'No pools. Make one with `daypass pool create <name>`; without one, the shared pool of the installation serves.',
      ),
  })

  addServerCommand(pool, surroundings, {
    name: 'show',
    summary: 'show a pool and the runners that were seen in it',
    arguments: [poolArgument()],
    options: [organizationOption()],
    example: 'daypass pool show eu --org acme',
    answer: AgentPoolDetail,
    run: async (session, _options, name = '') => session.call('GET', (await findPool(session, name)).path),
    show: ({ name, id, description, created, agents }) =>
      `${record({ name, id, description, created: timeOf(created) })}\n\n${table(
        agents,
        {
          RUNNER: (agent) => agent.name,
          STATUS: ({ status }) => status,
          HOST: ({ hostname }) => hostname,
          ADDRESS: ({ ip }) => ip,
          VERSION: ({ version }) => version,
          PLATFORM: ({ platform }) => platform,
          'LAST SEEN': ({ lastSeen }) => timeOf(lastSeen),
        },
        'No runner was seen in it yet. Start one with a token of `daypass pool token create`.',
      )}`,
  })

  addServerCommand(pool, surroundings, {
    name: 'create',
    summary: 'make a pool, of an organization or of the installation',
    arguments: [new Argument('<name>', 'letters, digits, "_", "." and "-"')],
    options: [organizationOption(), sharedOption(), descriptionOption()],
    example: 'daypass pool create eu --org acme --description "runners in Frankfurt"',
    answer: Type.Object({ id: Type.String(), name: Type.String(), description: Type.String() }),
    run: async (session, options: PoolOptions & DescriptionOption, name) => {
      const { description } = options
      return session.call('POST', await ownPoolsPath(session, options), {
        name,
        ...onlySaid({ description }),
      })
    },
    show: ({ id, name }) =>
      `Made the pool ${name} (${id}). Its runners need a token: daypass pool token create ${name}`,
  })

  addServerCommand(pool, surroundings, {
    name: 'edit',
    summary: 'rename or describe a pool',
    arguments: [poolArgument()],
    options: [organizationOption(), new Option('--name <name>', 'its new name'), descriptionOption()],
    example: 'daypass pool edit eu --name europe --org acme',
    answer: Type.Object({ name: Type.String(), description: Type.String() }),
    run: async (session, { name, description }: { name?: string } & DescriptionOption, pool = '') => {
      const change = onlySaid({ name, description })
      if (Object.keys(change).length === 0)
        throw new FailedCommand('say what to change: --name or --description.', EXIT.misused)
      return session.call('PATCH', (await findPool(session, pool)).path, change)
    },
    show: ({ name }) => `Changed the pool ${name}.`,
  })

  addServerCommand(pool, surroundings, {
    name: 'delete',
    summary: 'delete a pool; its runners’ tokens end with it',
    arguments: [poolArgument()],
    options: [
      organizationOption(),
      new Option('--force', 'also when stacks or deployments use it: they go to the default pool'),
      yesOption(),
    ],
    example: 'daypass pool delete eu --org acme --yes',
    answer: Type.Object({ deleted: Type.Object({ id: Type.String(), name: Type.String() }) }),
    run: async (session, options: ConfirmOptions & { readonly force?: boolean }, pool = '') => {
      const { id, name, path } = await findPool(session, pool)
      await confirm(`delete the pool ${name} and the tokens of its runners`, options, surroundings)
      await session.call('DELETE', `${path}${options.force ? '?force=true' : ''}`)
      return { deleted: { id, name } }
    },
    show: ({ deleted }) => `Deleted the pool ${deleted.name}.`,
  })

  addServerCommand(pool, surroundings, {
    name: 'default',
    summary: 'say which pool serves the deployments that name none',
    arguments: [completes(new Argument('[pool]', 'its name or id'), poolNames)],
    options: [organizationOption(), new Option('--shared', 'again the shared pool of the installation')],
    example: 'daypass pool default eu --org acme\ndaypass pool default --shared --org acme',
    answer: Type.Object({
      defaultPool: Type.Union([Type.String(), Type.Null()], { description: 'Null: the shared pool.' }),
    }),
    run: async (session, { shared }: { readonly shared?: boolean }, name) => {
      if ((name === undefined) === (shared !== true))
        throw new FailedCommand('say which: a pool, or --shared.', EXIT.misused)
      const pool = name === undefined ? undefined : await findPool(session, name)
      const path = pathTo(ORGANIZATION_PATH, { organization: await session.organization() })
      await session.call('PATCH', path, { setDefaultAgentPoolID: pool?.id ?? '' })
      return { defaultPool: pool?.name ?? null }
    },
    show: ({ defaultPool }) =>
      `Deployments that name no pool go to ${defaultPool === null ? 'the shared pool' : `the pool ${defaultPool}`}.`,
  })

  addPoolTokenCommands(pool, surroundings)
}

interface DescriptionOption {
  readonly description?: string
}

function descriptionOption(): Option {
  return new Option('--description <text>', 'what it is for')
}

/** Only what was said. */
function onlySaid(fields: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
