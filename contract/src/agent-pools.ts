/**
 * Pools of runners as Pulumi's API has them, where a runner is an "agent".
 *
 * Owns: paths and shapes. Does not own: how a runner claims (job-protocol).
 */
import { type Static, Type } from 'typebox'

export const AGENT_POOLS_PATH = '/api/orgs/:organization/agent-pools'
export const AGENT_POOL_PATH = `${AGENT_POOLS_PATH}/:poolId`

export const AgentStatus = Type.Union([Type.Literal('online'), Type.Literal('offline')])
export type AgentStatus = Static<typeof AgentStatus>

const Common = {
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  /** Seconds since 1970, as are all times here. */
  created: Type.Integer(),
}

export const AgentPool = Type.Object(
  {
    ...Common,
    /** 0: no runner was ever seen. */
    lastSeen: Type.Integer(),
    status: AgentStatus,
    lastDeployment: Type.Optional(Type.Integer()),
    isDefault: Type.Boolean(),
  },
  { title: 'AgentPool' },
)
export type AgentPool = Static<typeof AgentPool>

export const ListAgentPoolsResponse = Type.Object(
  {
    agentPools: Type.Array(AgentPool),
    /** Absent: the installation's shared pool. */
    defaultAgentPoolID: Type.Optional(Type.String()),
  },
  { title: 'ListAgentPoolsResponse' },
)
export type ListAgentPoolsResponse = Static<typeof ListAgentPoolsResponse>

export const DeploymentAgent = Type.Object(
  {
    /** Ours: what the runner calls itself. */
    name: Type.String(),
    version: Type.String(),
    platform: Type.String(),
    hostname: Type.String(),
    ip: Type.String(),
    pid: Type.String(),
    lastSeen: Type.Integer(),
    status: AgentStatus,
    /** Ours. */
    busy: Type.Boolean({ description: 'It has a deployment now.' }),
  },
  { title: 'DeploymentAgent' },
)
export type DeploymentAgent = Static<typeof DeploymentAgent>

export const AgentPoolDetail = Type.Object(
  { ...Common, agents: Type.Array(DeploymentAgent) },
  { title: 'AgentPoolDetail' },
)
export type AgentPoolDetail = Static<typeof AgentPoolDetail>

const PoolName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$',
  description: 'Letters, digits, "_", "." and "-", beginning with a letter or digit; at most 100.',
})
const Description = Type.Union([Type.String({ maxLength: 500 }), Type.Null()])

export const CreateAgentPoolRequest = Type.Object(
  { name: PoolName, description: Type.Optional(Description) },
  { title: 'CreateAgentPoolRequest', additionalProperties: false },
)
export type CreateAgentPoolRequest = Static<typeof CreateAgentPoolRequest>

/** The value is shown this once. */
export const CreateAgentPoolResponse = Type.Object(
  { id: Type.String(), tokenValue: Type.String() },
  {
    title: 'CreateAgentPoolResponse',
    description: 'The pool, and the token of its runners: shown this once.',
  },
)
export type CreateAgentPoolResponse = Static<typeof CreateAgentPoolResponse>

/** What is null or absent stays. */
export const PatchAgentPoolRequest = Type.Object(
  {
    name: Type.Optional(Type.Union([PoolName, Type.Null()])),
    description: Type.Optional(Description),
  },
  { title: 'PatchAgentPoolRequest', additionalProperties: false },
)
export type PatchAgentPoolRequest = Static<typeof PatchAgentPoolRequest>

export const PatchAgentPoolResponse = Type.Object(
  { name: Type.String(), description: Type.String() },
  { title: 'PatchAgentPoolResponse' },
)
export type PatchAgentPoolResponse = Static<typeof PatchAgentPoolResponse>
