/**
 * The broker of one job, with all that it gives (ID tokens on request, and credentials of clouds), and the relay by which the
 * job's programs reach it. Both have a job folder of their own, so that no program ever sees the socket.
 */
import { join } from 'node:path'
import type { JobIdentity } from '@daypass/contract/job-protocol.ts'
import type { JobFolder, JobUser, Launcher } from '../../launch/launcher.ts'
import type { WorkFolder } from '../../work-folder.ts'
import type { Findings } from '../context.ts'
import { mintIdToken, type StepTokensOptions } from '../identity.ts'
import { awsCredentialRoutes } from './aws-credentials.ts'
import { azureAccessTokenRoutes } from './azure-access-token.ts'
import { type Broker, type BrokerAddress, openBroker } from './broker.ts'
import { googleAccessTokenRoutes } from './google-access-token.ts'
import { idTokenRoutes } from './id-token-request.ts'
import { type Relay, SOCKET_NAME, startRelay } from './start-relay.ts'

/** A program that waits longer for a token has given up. */
const PATIENCE_MS = 20_000

export type OpenedBroker =
  | { readonly ok: true; readonly address: BrokerAddress }
  | { readonly ok: false; readonly reason: string }

export interface JobBroker {
  /** Once the launcher is prepared. Takes a moment, for which nobody needs to wait yet. */
  start(): void
  /** After `start`. Not to be had, the job goes on without. */
  opened(): Promise<OpenedBroker>
  close(): Promise<void>
}

export interface JobBrokerOptions extends Omit<StepTokensOptions, 'job'> {
  readonly identity: JobIdentity
  readonly launcher: Launcher
  readonly workFolder: WorkFolder
  readonly user: JobUser
  readonly randomBytes: (count: number) => Buffer
  readonly now: () => Date
  /** Filled by the step that fetches credentials. */
  readonly findings: Pick<Findings, 'awsSession' | 'azureTokens' | 'googleSession'>
  /** The job is told to stop. */
  readonly interrupt: AbortSignal
  /** From now on somebody else could listen at the address that the programs know. */
  readonly relayEnded: (how: string) => void
}

export function createJobBroker(options: JobBrokerOptions): JobBroker {
  const { launcher, workFolder, user, redactor, report } = options
  let opening: Promise<OpenedBroker> | undefined
  let folder: JobFolder | undefined
  let broker: Broker | undefined
  let relay: Relay | undefined
  let closing = false

  async function open(): Promise<OpenedBroker> {
    folder = await workFolder.createJob(user)
    broker = await openBroker({
      ...options,
      routes: routesOf(options),
      socketPath: join(folder.private, SOCKET_NAME),
    })
    redactor.add(broker.requestToken)
    const started = await startRelay(launcher, { folder, user, network: 'host' }, options.interrupt)
    if (!started.ok) return started
    relay = started.relay
    void relay.ended.then((how) => {
      if (!closing) options.relayEnded(how)
    })
    return { ok: true, address: { url: relay.url, requestToken: broker.requestToken } }
  }

  return {
    start() {
      opening ??= open().catch((error: unknown) => ({ ok: false, reason: String(error) }))
      void opening.then((opened) => {
        if (!opened.ok) report(`Nothing can be asked for in this job: ${opened.reason}`)
      })
    },
    opened: async () => opening ?? { ok: false, reason: 'it was not started' },
    async close() {
      closing = true
      await opening
      await relay?.close()
      await broker?.close()
      if (folder && !(await workFolder.removeJob(folder)))
        report(`the folder ${folder.path} could not be removed; remove it.`)
    },
  }
}

function routesOf(options: JobBrokerOptions): Parameters<typeof openBroker>[0]['routes'] {
  const { identity, findings, now } = options
  const tokenRoutes = idTokenRoutes({
    ownAudience: identity.withheld ? null : identity.audience,
    mint: (audience) => {
      const over = AbortSignal.any([options.over, AbortSignal.timeout(PATIENCE_MS)])
      return mintIdToken({ ...options, over }, { purpose: 'job', audience })
    },
  })
  return {
    ...tokenRoutes,
    ...awsCredentialRoutes(() => findings.awsSession, now),
    ...azureAccessTokenRoutes(() => findings.azureTokens, now),
    ...googleAccessTokenRoutes(() => findings.googleSession),
  }
}
