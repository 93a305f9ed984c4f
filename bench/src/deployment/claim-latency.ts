/** From a request to the moment a runner that had nothing to do holds the claim. */
import { holdBelow, percentile, type Verdict } from '../bench.ts'
import type { RunnerApi, UserApi } from '../daypass/api.ts'
import { REQUEST_WITH_IDENTITY } from '../daypass/running-jobs.ts'

const SAMPLES = 200
const WARM_UP = 20
const P50_LIMIT_MILLISECONDS = 10
const P99_LIMIT_MILLISECONDS = 50
/** So long, at least, a poll has been waiting when the request comes. */
const IDLE_MILLISECONDS = 20
const STACK = 'claimed'

export async function measureClaims(user: UserApi, runner: RunnerApi): Promise<Verdict[]> {
  await user.createStack(STACK)
  const samples: number[] = []
  for (let sample = 0; sample < WARM_UP + SAMPLES; sample += 1) samples.push(await claimOnce(user, runner))
  const counted = samples.slice(WARM_UP)
  return [
    verdict('p50', percentile(counted, 0.5), P50_LIMIT_MILLISECONDS),
    verdict('p99', percentile(counted, 0.99), P99_LIMIT_MILLISECONDS),
  ]
}

async function claimOnce(user: UserApi, runner: RunnerApi): Promise<number> {
  let claimedAt = 0
  const polled = runner.claim(30).then((claim) => {
    claimedAt = performance.now()
    return claim
  })
  await new Promise((resolve) => setTimeout(resolve, IDLE_MILLISECONDS))
  const requestedAt = performance.now()
  await user.requestDeployment(STACK, REQUEST_WITH_IDENTITY)
  const claim = await polled
  if (!claim) throw new Error('Nobody offered the deployment to the waiting runner.')
  await runner.start(claim)
  await runner.finish(claim)
  return claimedAt - requestedAt
}

function verdict(which: string, milliseconds: number, limit: number): Verdict {
  return holdBelow(`trigger-to-claimed-${which}`, { value: milliseconds, limit, unit: 'ms' })
}
