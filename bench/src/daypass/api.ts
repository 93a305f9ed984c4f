/** The few calls of our API that the benchmarks make, as a user and as a runner would make them. */
import {
  JOB_BEAT_PATH,
  JOB_FINISH_PATH,
  JOB_START_PATH,
  RUNNER_CLAIM_PATH,
} from '@daypass/contract/job-paths.ts'
import type { Claim } from '@daypass/contract/job-protocol.ts'

export type { Claim }

export const PROJECT = 'bench'

/** @throws with the answer when it is not a success. */
async function call(method: string, url: string, authorization: string, body?: object): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (response.ok) return response
  throw new Error(`${method} ${new URL(url).pathname} answered ${response.status}: ${await response.text()}`)
}

export interface UserApi {
  readonly createStack: (stack: string) => Promise<void>
  readonly saveSettings: (stack: string, settings: object) => Promise<void>
  /** @returns the deployment's id. */
  readonly requestDeployment: (stack: string, request: object) => Promise<string>
  readonly deploymentStatus: (stack: string, id: string) => Promise<string>
  /** The log as text, for when something went wrong. */
  readonly log: (stack: string, id: string) => Promise<string>
}

export function userApi(baseUrl: string, organization: string, accessToken: string): UserApi {
  const authorization = `token ${accessToken}`
  const deployments = (stack: string) =>
    `${baseUrl}/api/stacks/${organization}/${PROJECT}/${stack}/deployments`
  return {
    createStack: async (stackName) => {
      await call('POST', `${baseUrl}/api/stacks/${organization}/${PROJECT}`, authorization, { stackName })
    },
    saveSettings: async (stack, settings) => {
      await call('PUT', `${deployments(stack)}/settings`, authorization, settings)
    },
    requestDeployment: async (stack, request) => {
      const response = await call('POST', deployments(stack), authorization, request)
      return ((await response.json()) as { id: string }).id
    },
    deploymentStatus: async (stack, id) => {
      const response = await call('GET', `${deployments(stack)}/${id}`, authorization)
      return ((await response.json()) as { status: string }).status
    },
    log: async (stack, id) => {
      const response = await call('GET', `${deployments(stack)}/${id}/logs`, authorization)
      const { lines } = (await response.json()) as { lines?: readonly { header?: string; line?: string }[] }
      return (lines ?? []).map(({ header, line }) => (header ? `== ${header}\n` : (line ?? ''))).join('')
    },
  }
}

export interface RunnerApi {
  /** Undefined when nothing came in `waitSeconds`. */
  readonly claim: (waitSeconds: number) => Promise<Claim | undefined>
  readonly start: (claim: Claim) => Promise<void>
  readonly beat: (claim: Claim) => Promise<void>
  readonly finish: (claim: Claim) => Promise<void>
}

export function runnerApi(baseUrl: string, poolToken: string): RunnerApi {
  const asJob = async ({ jobToken }: Claim, path: string, body: object) => {
    await call('POST', `${baseUrl}${path}`, `Bearer ${jobToken}`, body)
  }
  return {
    claim: async (waitSeconds) => {
      const request = { runnerName: 'bench', runnerVersion: '0', launcher: 'none', waitSeconds }
      const response = await call('POST', `${baseUrl}${RUNNER_CLAIM_PATH}`, `Bearer ${poolToken}`, request)
      return response.status === 204 ? undefined : ((await response.json()) as Claim)
    },
    start: (claim) => asJob(claim, JOB_START_PATH, {}),
    beat: (claim) => asJob(claim, JOB_BEAT_PATH, {}),
    finish: (claim) => asJob(claim, JOB_FINISH_PATH, { result: 'succeeded', failure: null }),
  }
}
