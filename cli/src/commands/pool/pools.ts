/** Pools as the commands name and show them. The server has them by id; people know their names. */
import {
  AGENT_POOL_PATH,
  AGENT_POOLS_PATH,
  AgentStatus,
  ListAgentPoolsResponse,
} from '@daypass/contract/agent-pools.ts'
import { Argument, Option } from 'commander'
import { type Static, Type } from 'typebox'
import { completes, type ListNames } from '../../completion/values.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand } from '../../failed-command.ts'
import { pathTo, query } from '../../server-path.ts'
import type { Session } from '../../session.ts'

/** A pool of an organization, or a shared one of the installation, of which less is known. */
export const Pool = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  created: Type.Integer({ description: 'Seconds since 1970, as are all times here.' }),
  isDefault: Type.Boolean(),
  status: Type.Optional(AgentStatus),
  lastSeen: Type.Optional(Type.Integer({ description: '0: no runner was ever seen.' })),
  lastDeployment: Type.Optional(Type.Integer()),
})
export type Pool = Static<typeof Pool>

export interface PoolOptions {
  readonly org?: string
  readonly shared?: boolean
}

export function sharedOption(): Option {
  return new Option('--shared', 'the pools of the installation, which serve all organizations').conflicts(
    'org',
  )
}

export function poolArgument(): Argument {
  return completes(new Argument('<pool>', 'its name or id'), poolNames)
}

export const poolNames: ListNames = async (session, given) => {
  const pools = await poolsOf(session, given)
  return pools.map(({ name, description }) => ({ value: name, about: description }))
}

/** Ours, by name: with tokens, and for shared pools too. */
export async function ownPoolsPath(session: Session, { shared }: PoolOptions, name?: string, below = '') {
  const one = name === undefined ? '' : pathTo('/:name', { name })
  const organization = shared ? undefined : await session.organization()
  return `/api/daypass/pools${one}${below}${query({ organization })}`
}

const SharedPools = Type.Object({
  pools: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      description: Type.String(),
      createdAt: Type.String(),
      isDefault: Type.Boolean(),
    }),
  ),
})

export async function poolsOf(session: Session, options: PoolOptions): Promise<Pool[]> {
  if (options.shared) {
    const { pools } = await session.read(SharedPools, 'GET', await ownPoolsPath(session, options))
    return pools.map(({ createdAt, id, name, description, isDefault }) => ({
      id,
      name,
      description,
      created: Math.floor(Date.parse(createdAt) / 1000),
      isDefault,
    }))
  }
  const organization = await session.organization()
  const path = pathTo(AGENT_POOLS_PATH, { organization })
  return (await session.read(ListAgentPoolsResponse, 'GET', path)).agentPools
}

/** @throws {FailedCommand} when the organization has no such pool. */
export async function findPool(
  session: Session,
  nameOrId: string,
): Promise<Pool & { readonly path: string }> {
  const pools = await poolsOf(session, {})
  const pool = pools.find(({ name }) => name === nameOrId) ?? pools.find(({ id }) => id === nameOrId)
  const organization = await session.organization()
  if (pool) return { ...pool, path: pathTo(AGENT_POOL_PATH, { organization, poolId: pool.id }) }
  const known = pools.map(({ name }) => name).join(', ') || 'none'
  throw new FailedCommand(
    `the organization "${organization}" has no pool "${nameOrId}"; it has: ${known}.`,
    EXIT.notFound,
  )
}
