/** Deployments that run and do nothing but beat: what a supervisor looks like to the server between two tokens. */
import type { Claim, RunnerApi, UserApi } from './api.ts'

/** A request that a real deployment with an `oidc` block would make. Nothing of it is ever fetched or assumed. */
export const REQUEST_WITH_IDENTITY = {
  operation: 'update',
  sourceContext: { git: { repoUrl: 'https://git.example.com/contoso/core.git', branch: 'refs/heads/main' } },
  operationContext: {
    oidc: {
      aws: {
        roleArn: 'arn:aws:iam::123456789012:role/deploy',
        sessionName: 'daypass',
      },
    },
  },
}

const BEAT_MILLISECONDS = 4000

export interface RunningJobs {
  readonly jobTokens: readonly string[]
  /** Finishes all of them. */
  readonly stop: () => Promise<void>
}

/** One deployment on each of `count` stacks, claimed and started. */
export async function startJobs(
  api: { user: UserApi; runner: RunnerApi },
  count: number,
): Promise<RunningJobs> {
  const claims: Claim[] = []
  for (let number = 1; number <= count; number += 1) {
    const stack = `job-${number}`
    await api.user.createStack(stack)
    await api.user.requestDeployment(stack, REQUEST_WITH_IDENTITY)
    const claim = await api.runner.claim(10)
    if (!claim) throw new Error(`Nobody offered the deployment of ${stack}.`)
    await api.runner.start(claim)
    claims.push(claim)
  }
  let lost: unknown
  const beats = setInterval(() => {
    Promise.all(claims.map(api.runner.beat)).catch((error: unknown) => {
      lost = error
    })
  }, BEAT_MILLISECONDS)
  return {
    jobTokens: claims.map(({ jobToken }) => jobToken),
    stop: async () => {
      clearInterval(beats)
      if (lost !== undefined) throw lost
      await Promise.all(claims.map(api.runner.finish))
    },
  }
}
