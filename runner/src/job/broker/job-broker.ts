/** The broker of one job, with all that it gives: ID tokens on request, and AWS's credentials. */
import type { JobIdentity } from '@daypass/contract/job-protocol.ts'
import type { AwsSession } from '../exchange/aws-session.ts'
import { mintIdToken, type StepTokensOptions } from '../identity.ts'
import { awsCredentialRoutes } from './aws-credentials.ts'
import { type Broker, openBroker } from './broker.ts'
import { idTokenRoutes } from './id-token-request.ts'

/** A program that waits longer for a token has given up. */
const PATIENCE_MS = 20_000

export interface JobBrokerOptions extends Omit<StepTokensOptions, 'job'> {
  readonly identity: JobIdentity
  readonly randomBytes: (count: number) => Buffer
  readonly now: () => Date
  /** Undefined while there is none. */
  readonly awsSession: () => AwsSession | undefined
}

/** Undefined when this machine lets nobody listen: the job goes on without. */
export async function openJobBroker(options: JobBrokerOptions): Promise<Broker | undefined> {
  const { identity, redactor, randomBytes, report } = options
  const tokenRoutes = idTokenRoutes({
    ownAudience: identity.withheld ? null : identity.audience,
    mint: (audience) => {
      const over = AbortSignal.any([options.over, AbortSignal.timeout(PATIENCE_MS)])
      return mintIdToken({ ...options, over }, { purpose: 'job', audience })
    },
  })
  const routes = { ...tokenRoutes, ...awsCredentialRoutes(options.awsSession, options.now) }
  try {
    const broker = await openBroker({ routes, randomBytes, report })
    redactor.add(broker.requestToken)
    return broker
  } catch (error) {
    report(`Tokens and credentials on request cannot be offered: ${String(error)}`)
    return undefined
  }
}
