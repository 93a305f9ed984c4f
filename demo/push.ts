/** A push that deploys: the git host is connected as Pulumi's Custom VCS, and tells of what real git pushed by its hook. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './api.ts'
import { type Followed, follow } from './follow.ts'
import type { GitHost } from './git-host.ts'

const DEPLOYMENT_LIMIT_MILLISECONDS = 30_000

export interface Pushed extends Followed {
  /** What was pushed. */
  readonly commit: string
  /** What the deployment was of. */
  readonly deployedCommit: string | undefined
}

/** @param settings Those of the stack, beside where its program lies. */
export async function pushToDeploy(
  api: Api,
  stack: string,
  git: GitHost,
  { repoDir, settings }: { readonly repoDir: string; readonly settings: object },
  write: (text: string) => void,
): Promise<Pushed> {
  await git.tellOf(await api.connectGitHost({ name: 'git', kind: 'custom', webUrl: git.webUrl }))
  await api.saveSettings(stack, {
    ...settings,
    sourceContext: { git: { branch: 'main', repoDir } },
    vcs: { provider: 'custom', repository: git.repository, deployCommits: true },
  })
  const before = (await api.newest(stack))?.version ?? 0
  const commit = await git.push('main', { file: `${repoDir}/Pulumi.yaml`, text: '  release: second\n' })
  write(`git push to ${git.repository}, main: commit ${commit.slice(0, 12)}\n`)
  const { id } = await newerThan(api, stack, before, 'the push')
  const followed = await follow(api, stack, id, write)
  return { ...followed, commit, deployedCommit: followed.configuration?.source?.git?.commit }
}

/** @param what For whoever reads that nothing came of it. */
export async function newerThan(
  api: Api,
  stack: string,
  version: number,
  what: string,
): Promise<{ readonly id: string }> {
  for (const deadline = Date.now() + DEPLOYMENT_LIMIT_MILLISECONDS; ; await sleep(50)) {
    const newest = await api.newest(stack)
    if (newest !== undefined && newest.version > version) return newest
    if (Date.now() > deadline) throw new Error(`${what} deployed nothing`)
  }
}
