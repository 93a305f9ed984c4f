/**
 * The ID tokens that go into a job: `PULUMI_OIDC_TOKEN`, minted anew for each step that may have one, and the file
 * `/mnt/pulumi/pulumi.oidc`, replaced when half of its token's life is gone.
 *
 * Owns no token of an exchange: those stay with the supervisor (`exchange/`).
 */
import { chown, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { IdTokenAnswer, IdTokenRequest } from '@daypass/contract/job-protocol.ts'
import { type Answer, type JobPlane, untilAnswered } from '../control-plane.ts'
import type { Job } from '../launch/launcher.ts'
import type { Pause } from '../pause.ts'
import { type Failure, failure } from './failure.ts'
import type { Redactor } from './redact.ts'

export const TOKEN_FILE = 'pulumi.oidc'

export interface StepTokens {
  /** A fresh token for a step that begins, also in the file. */
  forStep(): Promise<{ readonly token: string } | Failure>
  close(): void
}

export interface StepTokensOptions {
  readonly plane: Pick<JobPlane, 'idToken'>
  readonly job: Job
  readonly redactor: Redactor
  readonly pause: Pause
  readonly report: (sentence: string) => void
  readonly over: AbortSignal
}

export function openStepTokens(options: StepTokensOptions): StepTokens {
  let renewal: NodeJS.Timeout | undefined
  let closed = false

  async function renew(): Promise<Answer<IdTokenAnswer>> {
    clearTimeout(renewal)
    const answer = await mintIdToken(options, { purpose: 'job' })
    if (answer.kind !== 'ok' || closed) return answer
    await writeForJob(options.job, TOKEN_FILE, answer.value.token)
    renewal = setTimeout(renewInBackground, answer.value.lifetimeSeconds * 500)
    return answer
  }

  function renewInBackground(): void {
    renew().then(
      (answer) => {
        if (answer.kind === 'refused')
          options.report(`The server refused to renew the token file: ${answer.sentence}`)
      },
      (error) => options.report(`The token file could not be renewed: ${String(error)}`),
    )
  }

  return {
    async forStep() {
      const answer = await renew()
      return answer.kind === 'ok' ? { token: answer.value.token } : identityFailure(answer)
    },
    close() {
      closed = true
      clearTimeout(renewal)
    },
  }
}

/** Asks for a token until the server answers, and makes it a secret of the job's log before anybody sees it. */
export async function mintIdToken(
  options: Pick<StepTokensOptions, 'plane' | 'redactor' | 'pause' | 'over'>,
  request: IdTokenRequest,
): Promise<Answer<IdTokenAnswer>> {
  const answer = await untilAnswered(
    () => options.plane.idToken(request, options.over),
    options.over,
    options.pause,
  )
  if (answer.kind === 'ok') options.redactor.add(answer.value.token)
  return answer
}

export function identityFailure(answer: Exclude<Answer<unknown>, { kind: 'ok' }>): Failure {
  if (answer.kind === 'away')
    return failure('identity_refused', `No token could be minted: ${answer.reason}.`)
  return failure('identity_refused', `No token could be minted: ${answer.sentence}`)
}

/** A file that the job sees in `/mnt/pulumi`. By rename, so that a reader sees the old one or the new one and never half of one. */
export async function writeForJob(job: Job, name: string, content: string): Promise<void> {
  const path = join(job.folder.identity, name)
  const fresh = `${path}.new`
  await writeFile(fresh, content, { mode: 0o400 })
  await chown(fresh, job.user.uid, job.user.gid)
  await rename(fresh, path)
}
