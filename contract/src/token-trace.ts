/** From what a cloud's log says back to the deployment: `/api/daypass/orgs/{organization}/tokens/trace`. */
import { type Static, Type } from 'typebox'

export const TRACE_PATH = '/api/daypass/orgs/:organization/token-trace'

const Time = Type.String({ format: 'date-time' })

export const TracedDeployment = Type.Object({
  id: Type.String(),
  /** As the token said it then: a stack may have another name now. */
  stack: Type.String(),
  operation: Type.String(),
  /** What follows is missing when retention has taken the deployment. */
  version: Type.Optional(Type.Integer()),
  /** A login. */
  requestedBy: Type.Optional(Type.String()),
  /** How it was started: `api`, `schedule`, … */
  trigger: Type.Optional(Type.String()),
  createdAt: Type.Optional(Time),
  repository: Type.Optional(Type.String()),
  branch: Type.Optional(Type.String()),
  /** Only where the request fixed it. */
  commit: Type.Optional(Type.String()),
  tokens: Type.Array(
    Type.Object({
      /** `jti`. */
      id: Type.String(),
      kid: Type.String(),
      subject: Type.String(),
      audience: Type.String(),
      purpose: Type.String(),
      issuedAt: Time,
      expiresAt: Time,
    }),
  ),
})
export type TracedDeployment = Static<typeof TracedDeployment>

export const TokenTrace = Type.Object({
  /** The newest first; several where what was asked for fits several. */
  deployments: Type.Array(TracedDeployment),
})
export type TokenTrace = Static<typeof TokenTrace>
