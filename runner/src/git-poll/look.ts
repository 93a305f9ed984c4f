/**
 * One look at a git remote: where its refs stand, and of watched branches that moved what changed, by git inside a sandbox of
 * its own, under the rules by which a job's source is fetched.
 */

import type { GitPoll, GitPollReport } from '@daypass/contract/git-polls.ts'
import type { GitAuth } from '@daypass/contract/job-protocol.ts'
import type { JobServices, JobSettings } from '../job/context.ts'
import { sourceEnvironment } from '../job/environment.ts'
import { type Failure, failure } from '../job/failure.ts'
import { checkHost, parseRepositoryAddress, type RepositoryAddress } from '../job/git/address.ts'
import { explainFetch, timedOut } from '../job/git/explain.ts'
import { EXIT, gitEnvironment, privateFiles, secretsOf } from '../job/git/fetch-script.ts'
import { placePrivateFiles } from '../job/git/private-files.ts'
import { wantedBranch } from '../job/git/reference.ts'
import { createRedactor } from '../job/redact.ts'
import { endedBadly } from '../job/run-step.ts'
import type { Job, JobUser, Launcher, StepExit } from '../launch/launcher.ts'
import type { WorkFolder } from '../work-folder.ts'
import { readRange, readRefList, type SeenMove, type SeenRefs } from './read-facts.ts'
import { LIST_SCRIPT, RANGE_SCRIPT } from './scripts.ts'

export interface LookOptions {
  readonly launcher: Launcher
  readonly workFolder: WorkFolder
  readonly user: JobUser
  readonly settings: Pick<
    JobSettings,
    'allowInsecureGit' | 'gitTimeoutSeconds' | 'sshKnownHosts' | 'forwardedEnvironment' | 'usesProxy'
  >
  readonly services: Pick<JobServices, 'resolveHost'>
}

type Result = GitPollReport['result']
const LONGEST_MESSAGE = 1000
/** All of a report must fit into one request. */
const MOST_FILES_CHARACTERS = 2_000_000

export async function lookAtRemote(options: LookOptions, poll: GitPoll, until: AbortSignal): Promise<Result> {
  const redactor = createRedactor()
  for (const secret of secretsOf(poll.auth)) redactor.addFromUser(secret)
  const seen = await look(options, poll, until)
  if (!('code' in seen)) return { kind: 'seen', ...seen }
  const message = redactor.redact(seen.message).slice(0, LONGEST_MESSAGE).toWellFormed()
  return { kind: 'failed', code: seen.code, message }
}

async function look(
  { launcher, workFolder, user, settings, services }: LookOptions,
  poll: GitPoll,
  until: AbortSignal,
): Promise<(SeenRefs & { readonly moves: SeenMove[] }) | Failure> {
  const { allowInsecureGit, gitTimeoutSeconds, usesProxy } = settings
  const parsed = parseRepositoryAddress(poll.repositoryUrl, allowInsecureGit)
  if (!parsed.ok) return parsed.failure
  const { address } = parsed
  if (address.kind === 'local') return failure('source_address_refused', 'A local folder is not polled.')
  const hidden = await checkHost(address, allowInsecureGit, services.resolveHost, usesProxy)
  if (hidden) return hidden
  const timeout = AbortSignal.any([AbortSignal.timeout(gitTimeoutSeconds * 1000), until])
  const folder = await workFolder.createJob(user)
  try {
    const job: Job = { folder, user, network: 'host' }
    const refusal = await launcher.prepare?.(job, { say: () => {}, interrupt: timeout })
    if (refusal !== undefined) return failure('executor_image_unavailable', refusal)
    const git = { launcher, job, settings, address, auth: poll.auth, timeout }
    const listed = await listRefs(git, poll)
    return 'code' in listed ? listed : { ...listed, moves: await movesOf(git, poll, listed) }
  } finally {
    await workFolder.removeJob(folder)
  }
}

interface Git {
  readonly launcher: Launcher
  readonly job: Job
  readonly settings: LookOptions['settings']
  readonly address: RepositoryAddress
  readonly auth: GitAuth | null
  readonly timeout: AbortSignal
}

async function listRefs(git: Git, { watched }: GitPoll): Promise<SeenRefs | Failure> {
  const { address, auth, timeout } = git
  const branches = watched.map(({ branch }) => branch).filter((branch) => wantedBranch(branch)?.localName)
  const { exit, facts } = await runGit(git, LIST_SCRIPT, [address.url, ...branches])
  if (timeout.aborted && endedBadly(exit)) return timedOut(address)
  if (exit.kind !== 'exited') return failure('sandbox_failed', `git ${endedBadly(exit)}`)
  if (exit.exitCode === EXIT.noGit)
    return failure('source_failed', 'There is no git where this runner looks; install it on its machine.')
  const listed = exit.exitCode === 0 ? readRefList(facts) : undefined
  return listed ?? explainFetch(facts, { address, wanted: 'list of refs', hasCredentials: auth !== null })
}

/** What cannot be known is left out: the server then goes by the commit alone. */
async function movesOf(git: Git, { watched, first }: GitPoll, { refs }: SeenRefs): Promise<SeenMove[]> {
  const moves: SeenMove[] = []
  let characters = 0
  for (const { branch, commit: before } of first ? [] : watched) {
    const after = refs.find(({ ref }) => ref === `refs/heads/${branch}`)?.commit
    if (after === undefined || after === before || !wantedBranch(branch)?.localName) continue
    if (git.timeout.aborted) break
    const { exit, facts } = await runGit(git, RANGE_SCRIPT, [git.address.url, branch, after, before ?? ''])
    const move = endedBadly(exit) === undefined ? readRange(facts, branch, after) : undefined
    characters += move?.files?.join('').length ?? 0
    if (move !== undefined) moves.push(characters > MOST_FILES_CHARACTERS ? { ...move, files: null } : move)
  }
  return moves
}

async function runGit(
  { launcher, job, settings, address, auth, timeout }: Git,
  script: string,
  args: readonly string[],
): Promise<{ readonly exit: StepExit; readonly facts: string }> {
  const paths = launcher.paths(job.folder)
  const { sshKnownHosts, allowInsecureGit } = settings
  await placePrivateFiles(job, privateFiles(auth, sshKnownHosts))
  const running = launcher.run(job, {
    argv: ['/bin/sh', '-c', script, 'sh', ...args],
    env: {
      ...sourceEnvironment({ paths, settings }),
      ...gitEnvironment({
        inside: paths.private,
        auth,
        address,
        allowInsecure: allowInsecureGit,
        checkHostKeys: sshKnownHosts !== undefined,
      }),
    },
    cwd: paths.source,
    privateFolder: true,
    facts: true,
    interruptGroup: true,
  })
  const kill = (): void => running.kill()
  timeout.addEventListener('abort', kill, { once: true })
  if (timeout.aborted) kill()
  try {
    // What git says is no log of anybody's; not to read it would make it wait.
    for await (const _ of running.output);
    return await running.ended
  } finally {
    timeout.removeEventListener('abort', kill)
  }
}
