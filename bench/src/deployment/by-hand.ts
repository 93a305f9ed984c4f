/** What a user would do without Daypass's deployments: a shell script on the same backend. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const SCRIPT = `set -e
git clone --quiet --depth 1 --branch main "$REPOSITORY" work
cd work
pulumi login "$BACKEND"
pulumi up --stack "$STACK" --skip-preview --yes
`

export interface ByHand {
  readonly pulumi: string
  readonly repoUrl: string
  readonly backendUrl: string
  readonly accessToken: string
  /** `organization/project/stack`. */
  readonly stack: string
  readonly environment: NodeJS.ProcessEnv
}

/** @returns How long the script took, in milliseconds. @throws with what it printed when it failed. */
export async function deployByHand(inputs: ByHand): Promise<number> {
  const { pulumi, repoUrl, backendUrl, accessToken, stack, environment } = inputs
  const home = await mkdtemp(join(tmpdir(), 'daypass-bench-by-hand-'))
  const start = performance.now()
  try {
    await run('sh', ['-c', SCRIPT], {
      cwd: home,
      env: {
        PATH: [dirname(pulumi), environment['PATH']].join(delimiter),
        HOME: home,
        PULUMI_HOME: join(home, '.pulumi'),
        PULUMI_SKIP_UPDATE_CHECK: 'true',
        PULUMI_ACCESS_TOKEN: accessToken,
        REPOSITORY: repoUrl,
        BACKEND: backendUrl,
        STACK: stack,
      },
    })
    return performance.now() - start
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
