/** A whole deployment, from the request to its end, beside the same by hand. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchOptions, median, type Verdict } from '../bench.ts'
import { PROJECT, type UserApi } from '../daypass/api.ts'
import { type Installation, ORGANIZATION } from '../daypass/installation.ts'
import { deployByHand } from './by-hand.ts'

const TIMES = 5
const MOST_EXTRA_MILLISECONDS = 300
const POLL_MILLISECONDS = 10
const LONGEST_MILLISECONDS = 120_000
const [DEPLOYED, BY_HAND] = ['deployed', 'by-hand']

/** Both update a stack of their own five times in turn, after a first time that counts for neither. */
export async function measureOverhead(
  inputs: { installation: Installation; user: UserApi; repoUrl: string; pulumi: string },
  { environment, progress }: Pick<BenchOptions, 'environment' | 'progress'>,
): Promise<Verdict> {
  const { installation, user, repoUrl, pulumi } = inputs
  await Promise.all([DEPLOYED, BY_HAND].map(user.createStack))
  const byHand = () =>
    deployByHand({
      pulumi,
      repoUrl,
      backendUrl: installation.baseUrl,
      accessToken: installation.adminToken,
      stack: `${ORGANIZATION}/${PROJECT}/${BY_HAND}`,
      environment,
    })
  const ours: number[] = []
  const theirs: number[] = []
  for (let time = 0; time <= TIMES; time += 1) {
    const [our, their] = [await deploy(user, repoUrl), await byHand()]
    progress(`deployment ${time} of ${TIMES}: ${our.toFixed(0)} ms, by hand ${their.toFixed(0)} ms`)
    if (time > 0) {
      ours.push(our)
      theirs.push(their)
    }
  }
  return overhead(median(ours), median(theirs))
}

/** @returns How long the deployment took, in milliseconds. @throws when it did not succeed. */
async function deploy(user: UserApi, repoUrl: string): Promise<number> {
  const start = performance.now()
  const id = await user.requestDeployment(DEPLOYED, {
    operation: 'update',
    sourceContext: { git: { repoUrl, branch: 'refs/heads/main' } },
  })
  for (;;) {
    const status = await user.deploymentStatus(DEPLOYED, id)
    const milliseconds = performance.now() - start
    if (status === 'succeeded') return milliseconds
    if (status === 'failed' || status === 'skipped' || milliseconds > LONGEST_MILLISECONDS) {
      throw new Error(
        `The deployment was ${status} after ${milliseconds.toFixed(0)} ms.\n${await user.log(DEPLOYED, id)}`,
      )
    }
    await sleep(POLL_MILLISECONDS)
  }
}

function overhead(ours: number, theirs: number): Verdict {
  const extra = ours - theirs
  return {
    name: 'deployment-overhead',
    ours: `${ours.toFixed(0)} ms`,
    peer: `${theirs.toFixed(0)} ms by hand`,
    ratio: `${(ours / theirs).toFixed(2)}, ${extra < 0 ? '' : '+'}${extra.toFixed(0)} ms`,
    goal: `<= +${MOST_EXTRA_MILLISECONDS} ms`,
    reached: extra <= MOST_EXTRA_MILLISECONDS,
  }
}
