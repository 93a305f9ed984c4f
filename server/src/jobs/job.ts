/**
 * A job: the run of one deployment on a runner, while its lease lives.
 *
 * Owns: what a runner may ask with a pool token (a claim) and a job's supervisor with a job token (start, beat,
 * cancellation, steps, log, ID token, finish). No path holds an id: the server knows from the token which job asks.
 * Does not own: the queue and the leases (deployments), the log (logs), the token's claims (issuer).
 *
 * Every write checks the lease in its own transaction, under a share lock on the deployment's row: whoever ends the
 * deployment waits for it, and after that nothing more is written.
 */
import type { Refusal } from '@daypass/contract/errors.ts'

/** Not known at all: never was, or another claim has taken its place. */
export const unknownJob: Refusal = {
  status: 401,
  reason: 'unauthorized',
  message: 'This job token is not known, or its deployment was claimed again.',
}

/** Known, but over: the supervisor must end what it runs. */
export const leaseLost: Refusal = {
  status: 409,
  reason: 'lease_lost',
  message:
    'The lease of this job is over: its deployment has ended or gone back to the queue. End what still runs.',
}

export const unknownPoolToken: Refusal = {
  status: 401,
  reason: 'unauthorized',
  message: 'The pool token is unknown or revoked.',
}
