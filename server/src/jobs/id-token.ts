/** Whether a job may have an ID token, and for which audience. The claims are the issuer's. */

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
  { purpose }: IdTokenRequest,
): Promise<IdTokenAnswer | Refusal> {
  const job = await identityOf(jobTokenHash)
  if (!job) return unknownJob
  if (!job.live) return leaseLost
  if (!job.hasOidc) return noOidcBlock
  if (job.nameRetired) return nameRetired(job)
  const { token, subject, audience, lifetimeSeconds, expiresAt } = await issuer.mint({
    organizationId: job.organizationId,
    organization: job.organization,
    project: job.project,
    stack: job.stack,
    stackId: job.stackId,
    deploymentId: job.deploymentId,
    deploymentVersion: job.version,
    operation: job.operation,
    purpose,
    audience: audienceOf(job),
  })
  return { token, subject, audience, lifetimeSeconds, expiresAt: expiresAt.toISOString() }
}

const noOidcBlock: Refusal = {
  status: 403,
  reason: 'no_oidc_block',
  message:
    'This deployment has no operationContext.oidc in its settings, so it gets no token; an organization admin can add the block.',
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
