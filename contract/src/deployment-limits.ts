/**
 * What an organization's deployments may take: ours, for Pulumi decides it by plan and its API can only read it.
 *
 * Owns: path and shapes. Does not own: what a limit does (server/deployments).
 */
import { type Static, Type } from 'typebox'

export const DEPLOYMENT_LIMITS_PATH = '/api/daypass/orgs/:organization/deployment-limits'

const Concurrency = Type.Integer({
  minimum: 1,
  maximum: 10_000,
  description: 'How many deployments of the organization run at the same time.',
})
const TimeoutSeconds = Type.Integer({
  minimum: 300,
  maximum: 86_400,
  description: 'How long a deployment may run that is asked for from now on: 5 minutes to a day.',
})

export const DeploymentLimits = Type.Object(
  { concurrency: Concurrency, timeoutSeconds: TimeoutSeconds },
  { title: 'DeploymentLimits' },
)
export type DeploymentLimits = Static<typeof DeploymentLimits>

/** What is null or absent stays as it is. */
export const PatchDeploymentLimitsRequest = Type.Object(
  {
    concurrency: Type.Optional(Type.Union([Concurrency, Type.Null()])),
    timeoutSeconds: Type.Optional(Type.Union([TimeoutSeconds, Type.Null()])),
  },
  { title: 'PatchDeploymentLimitsRequest', additionalProperties: false },
)
export type PatchDeploymentLimitsRequest = Static<typeof PatchDeploymentLimitsRequest>
