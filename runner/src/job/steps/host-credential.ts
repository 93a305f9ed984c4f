/** What the source is fetched with where the server gets it from the git host, for this one fetch. */
import type { GitAuth } from '@daypass/contract/job-protocol.ts'
import { untilAnswered } from '../../control-plane.ts'
import type { StepContext } from '../context.ts'
import { type Failure, failure } from '../failure.ts'
import { secretsOf } from '../git/fetch-script.ts'

/** A host that is away for longer is worth a person's look. */
const PATIENCE_SECONDS = 60

export async function credentialFromHost({
  plane,
  redactor,
  services,
  supervision,
}: Pick<StepContext, 'plane' | 'redactor' | 'services' | 'supervision'>): Promise<
  { readonly auth: GitAuth | null } | Failure
> {
  const patience = AbortSignal.any([supervision.leaseLost, AbortSignal.timeout(PATIENCE_SECONDS * 1000)])
  const answer = await untilAnswered(() => plane.sourceCredential(patience), patience, services.pause)
  if (answer.kind === 'away')
    return failure(
      'git_host_away',
      `The server could not get a credential for this repository from the git host for ${PATIENCE_SECONDS} seconds (${answer.reason}). Run it again when the host answers.`,
    )
  if (answer.kind !== 'ok') return failure('git_host_refused', answer.sentence)
  const { auth } = answer.value
  if (!secretsOf(auth).every((secret) => redactor.addFromUser(secret)))
    return failure('secrets_too_large', 'The credential that the git host gave is too long to be hidden.')
  return { auth }
}
