/**
 * Whether a job may have an ID token, and for which audience: the organization's own with an `oidc` block, and those
 * that the stack was given (identity). The claims are the issuer's.
 */

import type { Refusal } from '@daypass/contract/errors.ts'
import type { IdTokenAnswer, IdTokenRequest } from '@daypass/contract/job-protocol.ts'
import type { Database } from '../db/database.ts'
import { gather } from '../db/gather.ts'
import type { Issuer } from '../issuer/issuer.ts'
import { type IdentityRow, identitiesOfJobs } from './job.sql.ts'
import { leaseLost, unknownJob } from './job.ts'
import { audienceOf } from './job-spec.ts'

export type IdentityOfJob = (jobTokenHash: Buffer) => Promise<IdentityRow | undefined>

/** Made once: those that ask at once share a statement. It starts after they asked, so nothing is stale. */
export function identityLookup(db: Database): IdentityOfJob {
  return gather((hashes: readonly Buffer[]) => identitiesOfJobs(db, hashes))
}

export async function mintForJob(
  { identityOf, issuer }: { readonly identityOf: IdentityOfJob; readonly issuer: Issuer },
  jobTokenHash: Buffer,
  { purpose, audience: asked, cloud }: IdTokenRequest,
): Promise<IdTokenAnswer | Refusal> {
  const job = await identityOf(jobTokenHash)
  if (!job) return unknownJob
  if (!job.live) return leaseLost
  if (!job.hasOidc && job.audiences.length === 0) return noIdentity
  const audienceAsked = asked ?? audienceOf(job)
  const isOwn = job.hasOidc && audienceAsked === audienceOf(job)
  if (!isOwn && !job.audiences.includes(audienceAsked)) return audienceNotAllowed(job, audienceAsked)
  if (job.withheld && purpose === 'job' && audienceAsked === audienceOf(job)) return withheldFromPreviews
  if (job.nameRetired && job.subjectForm !== 'compact') return nameRetired(job)
  const { token, subject, audience, lifetimeSeconds, expiresAt } = await issuer.mint({
    organizationId: job.organizationId,
    organization: job.organization,
    project: job.project,
    stack: job.stack,
    stackId: job.stackId,
    subjectForm: job.subjectForm,
    nameRetired: job.nameRetired,
    deploymentId: job.deploymentId,
    deploymentVersion: job.version,
    operation: job.operation,
    purpose,
    audience: audienceAsked,
    facts: job,
    sessionTags: isOwn && purpose === 'exchange' && cloud === 'aws' ? job.sessionTags : [],
  })
  return { token, subject, audience, lifetimeSeconds, expiresAt: expiresAt.toISOString() }
}

const noIdentity: Refusal = {
  status: 403,
  reason: 'no_oidc_block',
  message:
    'This deployment has no operationContext.oidc in its settings and its stack no audience, so it gets no token; an organization admin can add either.',
}

const withheldFromPreviews: Refusal = {
  status: 403,
  reason: 'withheld_from_previews',
  message:
    'The previews of this stack are read-only: no program in them gets a token that a cloud would take. The runner exchanged it, for the role of previews.',
}

function audienceNotAllowed({ hasOidc, audiences, ...job }: IdentityRow, audience: string): Refusal {
  const allowed = [...(hasOidc ? [audienceOf(job)] : []), ...audiences].map((one) => JSON.stringify(one))
  return {
    status: 403,
    reason: 'audience_not_allowed',
    message: `This stack may have no token for ${JSON.stringify(audience.slice(0, 600))}, only for ${allowed.join(', ')}. An organization admin can allow more: PUT /api/daypass/stacks/${job.organization}/${job.project}/${job.stack}/identity.`,
  }
}

function nameRetired({
  organization,
  project,
  stack,
}: {
  organization: string
  project: string
  stack: string
}): Refusal {
  const name = `${organization}/${project}/${stack}`
  return {
    status: 403,
    reason: 'name_retired',
    message: `An earlier stack was called ${name}, and a cloud may still trust that name, so this one gets no token. An organization admin can release the name: DELETE /api/daypass/orgs/${organization}/retired-names/${project}/${stack}.`,
  }
}
