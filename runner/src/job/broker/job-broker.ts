/** The broker of one job, with all that it gives: today ID tokens on request. */
import type { JobIdentity } from '@daypass/contract/job-protocol.ts'
import { mintIdToken, type StepTokensOptions } from '../identity.ts'
import { type Broker, openBroker } from './broker.ts'
import { idTokenRoutes } from './id-token-request.ts'

/** A program that waits longer for a token has given up. */
const PATIENCE_MS = 20_000

export interface JobBrokerOptions extends Omit<StepTokensOptions, 'job'> {
  readonly identity: JobIdentity
  readonly randomBytes: (count: number) => Buffer
}

/** Undefined when this machine lets nobody listen: the job goes on without. */
export async function openJobBroker(options: JobBrokerOptions): Promise<Broker | undefined> {
  const { identity, redactor, randomBytes, report } = options
  const routes = idTokenRoutes({
    ownAudience: identity.withheld ? null : identity.audience,
    mint: (audience) => {
      const over = AbortSignal.any([options.over, AbortSignal.timeout(PATIENCE_MS)])
      return mintIdToken({ ...options, over }, { purpose: 'job', audience })
    },
  })
  try {
    const broker = await openBroker({ routes, randomBytes, report })
    redactor.add(broker.requestToken)
    return broker
  } catch (error) {
    report(`Tokens on request cannot be offered: ${String(error)}`)
    return undefined
  }
}
