/**
 * `Get source`: fetches the repository inside the sandbox, without anything of the user's but the Git credentials.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitSource } from '@daypass/contract/job-protocol.ts'
import type { StepContext, StepResult } from '../context.ts'
import { sourceEnvironment } from '../environment.ts'
import { failure } from '../failure.ts'
import { checkHost, parseRepositoryAddress } from '../git/address.ts'
import { explainFetch, timedOut } from '../git/explain.ts'
import { EXIT, FETCH_SCRIPT, gitEnvironment, privateFiles } from '../git/fetch-script.ts'
import { placePrivateFiles, removePrivateFiles } from '../git/private-files.ts'
import {
  programFolder,
  type Wanted,
  WHATEVER_HEAD_NAMES,
  wantedBranch,
  wantedCommit,
} from '../git/reference.ts'
import { foundProgram, noProgram } from '../program.ts'
import { endedBadly } from '../run-step.ts'
import { credentialFromHost } from './host-credential.ts'
import { programFromImage } from './program-from-image.ts'

export async function getSource(context: StepContext): Promise<StepResult> {
  const { spec, settings, services, paths, job, findings, log, redactor } = context
  const { source } = spec
  if (source === null) return programFromImage(context)
  const allowInsecure = settings.allowInsecureGit
  const parsed = parseRepositoryAddress(source.repoUrl, allowInsecure)
  if (!parsed.ok) return parsed.failure
  const { address } = parsed
  if (address.auth && !redactor.addFromUser(address.auth.password || address.auth.username))
    return failure(
      'secrets_too_large',
      'The credentials in the repository address are too long to be hidden.',
    )
  const wanted = wantedOf(source)
  if (!wanted)
    return failure(
      'source_branch_not_found',
      'The source settings name no branch and no commit that git allows.',
    )
  const folder = programFolder(source.repoDir)
  if (folder === undefined) return outside(source.repoDir)
  const hidden = await checkHost(address, allowInsecure, services.resolveHost, settings.usesProxy)
  if (hidden) return hidden
  if (address.kind === 'local' && !(await isFolder(address.url))) {
    return failure(
      'source_repository_not_found',
      `There is no Git repository at ${address.url} on the runner's machine.`,
    )
  }

  log.say(`Repository ${address.url}, ${describe(wanted)}`)
  const fromHost = source.authFromHost ? await credentialFromHost(context) : { auth: null }
  if ('code' in fromHost) return fromHost
  const auth = source.auth ?? fromHost.auth ?? address.auth ?? null
  const inPlace = address.kind === 'local' && paths.localRepository === undefined
  const url = address.kind !== 'local' ? address.url : inPlace ? address.url : `${paths.localRepository}`
  const timeout = AbortSignal.timeout(settings.gitTimeoutSeconds * 1000)
  const { sshKnownHosts } = settings
  await placePrivateFiles(job, privateFiles(auth, sshKnownHosts))
  const { exit, facts } = await context.run(
    {
      argv: [
        '/bin/sh',
        ...['-c', FETCH_SCRIPT, 'sh', url, wanted.kind, wanted.ref, wanted.localName, folder],
        source.template ? spec.project : '',
      ],
      env: {
        ...sourceEnvironment(context),
        ...gitEnvironment({
          inside: paths.private,
          auth,
          address,
          allowInsecure,
          checkHostKeys: sshKnownHosts !== undefined,
        }),
      },
      cwd: paths.source,
      privateFolder: true,
      ...(address.kind === 'local' ? { localRepository: address.url } : {}),
      facts: true,
      interruptGroup: true,
    },
    timeout,
  )
  await removePrivateFiles(job)
  if (timeout.aborted && endedBadly(exit)) return timedOut(address)
  if (exit.kind !== 'exited') return failure('sandbox_failed', `git ${endedBadly(exit)}`)
  switch (exit.exitCode) {
    case 0:
      break
    case EXIT.fetchFailed:
      return explainFetch(facts, { address, wanted: describe(wanted), hasCredentials: auth !== null })
    case EXIT.commitNotFound:
      return failure(
        'source_commit_not_found',
        `${address.url} has no commit ${wanted.ref}; check it in the source settings, and that it was pushed.`,
      )
    case EXIT.folderMissing:
      return failure(
        'source_folder_invalid',
        `The repository has no folder ${JSON.stringify(folder)} at ${describe(wanted)}; correct the folder in the source settings.`,
      )
    case EXIT.folderOutside:
      return outside(source.repoDir)
    case EXIT.noGit:
      return failure(
        'source_failed',
        "There is no git where this job runs; install it on the runner's machine, or add it to the executor image.",
      )
    case EXIT.noProgram: {
      const where = folder === '' ? 'the root of the repository' : `the folder ${folder}`
      return noProgram(where, facts, 'Correct the folder in the source settings.')
    }
    default:
      return failure('source_failed', `git could not check out ${describe(wanted)} of ${address.url}.`)
  }
  return foundProgram(findings, join(paths.source, folder), facts)
}

function wantedOf({ commit, branch }: GitSource): Wanted | undefined {
  if (commit !== null) return wantedCommit(commit)
  return branch === null ? WHATEVER_HEAD_NAMES : wantedBranch(branch)
}

function describe({ kind, ref, localName }: Wanted): string {
  if (ref === 'HEAD') return 'the default branch'
  return kind === 'commit' ? `commit ${ref}` : localName ? `branch ${localName}` : ref
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}

function outside(repoDir: string): StepResult {
  return failure(
    'source_folder_invalid',
    `The folder ${JSON.stringify(repoDir)} lies outside the repository; name one inside it in the source settings.`,
  )
}
