/** What an update is, without asking the server for one. */
import type { DeploymentStatus } from '../deployments/deployment.ts'
import type { Update, UpdateInfo } from './updates.ts'

const STATUSES: Readonly<Record<UpdateInfo['result'], DeploymentStatus>> = {
  'not-started': 'not-started',
  'in-progress': 'running',
  succeeded: 'succeeded',
  failed: 'failed',
}

/** Its result looks like that of a deployment. */
export function statusOf({ info }: Update): DeploymentStatus {
  return STATUSES[info.result] ?? 'not-started'
}

export function authorOf({ requestedBy }: Update): string {
  return requestedBy.name || requestedBy.githubLogin || 'somebody who is gone'
}

export function momentOfSeconds(unixSeconds: number): Date {
  return new Date(unixSeconds * 1000)
}

/** The git commit that was checked out, as the CLI found it. */
export function commitOf({ info: { environment } }: Update): string | undefined {
  const commit = environment['git.head']
  return commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit) ? commit : undefined
}

/** Where a CI system shows the run: only what a browser opens as a page, for a stranger may have written it. */
export function buildUrlOf({ info: { environment } }: Update): string | undefined {
  const url = environment['ci.build.url']
  return url !== undefined && /^https?:\/\//.test(url) && URL.canParse(url) ? url : undefined
}
