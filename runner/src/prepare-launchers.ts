/** Finds out, before the first claim, what jobs can be run with: this machine's sandbox, docker, or both. */
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { find } from './launch/detect.ts'
import type { DockerOptions } from './launch/docker/docker.ts'
import { engineVersion } from './launch/docker/engine.ts'
import { ownNode, ownSharedObjects } from './launch/docker/own-node.ts'
import { containerLabels, sweepContainers } from './launch/docker/sweep.ts'
import type { JobUser } from './launch/launcher.ts'
import type { Launchers } from './launch/launchers.ts'
import { findTools } from './launch/tools.ts'
import type { RunnerOptions } from './options.ts'
import { prepareLauncher } from './sandbox.ts'
import type { WorkFolder } from './work-folder.ts'

/** Threads count: a Node.js program with plugins has a few hundred. */
const PROCESSES_IN_CONTAINER = 4096

export interface LauncherPreparation {
  readonly options: RunnerOptions
  readonly workFolder: WorkFolder
  readonly searchPath: string
  readonly pulumi: string | undefined
  /** The Node.js that runs the runner. */
  readonly node: string
  /** Folders that no job may see. */
  readonly hidden: readonly string[]
  readonly asRoot: boolean
  readonly users: readonly JobUser[]
  /** Of the runner, for every job to read. */
  readonly files: DockerOptions['files']
  /** DOCKER_HOST. */
  readonly dockerHost: string | undefined
  readonly hostname: string
  readonly randomUuid: () => string
  readonly say: (sentence: string) => void
}

export type PreparedLaunchers =
  | { readonly ok: true; readonly launchers: Launchers }
  | { readonly ok: false; readonly sentence: string }

export async function prepareLaunchers(preparation: LauncherPreparation): Promise<PreparedLaunchers> {
  const { options, workFolder, searchPath, users, files } = preparation
  const { launcher: choice, limits } = options
  const docker = await prepareDocker(preparation)
  if (docker !== undefined && 'sentence' in docker) return { ok: false, sentence: docker.sentence }
  const rest = {
    docker,
    defaultImage: options.docker.image,
    ignoreImages: options.docker.ignoreImages,
  }
  if (choice === 'docker') return { ok: true, launchers: { own: undefined, ...rest } }
  const found = findTools({ pulumi: preparation.pulumi, searchPath, node: preparation.node })
  if (!found.ok) return found
  const detected = await prepareLauncher({
    choice,
    workFolder,
    tools: found.tools,
    searchPath,
    hidden: preparation.hidden,
    asRoot: preparation.asRoot,
    users,
    files,
    mostProcesses: limits.processes,
  })
  if (!detected.ok) return detected
  if (limits.processes !== undefined && !(preparation.asRoot && detected.launcher.isolates)) {
    return {
      ok: false,
      sentence:
        '--job-processes needs a runner that is root and isolates its jobs: otherwise all jobs and the runner are one user, and are counted together.',
    }
  }
  return { ok: true, launchers: { own: detected.launcher, ...rest } }
}

/** Undefined: there is none, which is fine unless all jobs are to run in it. */
async function prepareDocker(
  preparation: LauncherPreparation,
): Promise<DockerOptions | undefined | { readonly sentence: string }> {
  const { options, workFolder, dockerHost, hostname, say } = preparation
  const { docker: flags, limits, launcher } = options
  const program = flags.program ?? find('docker')
  if (program === undefined) {
    return launcher === 'docker'
      ? { sentence: 'There is no docker program; install Docker, or name the program with --docker.' }
      : undefined
  }
  const engine = { program, host: dockerHost }
  const configFolder = join(workFolder.path, 'docker-config')
  mkdirSync(configFolder, { mode: 0o700 })
  if (launcher === 'docker') {
    const { ok, complaint } = await engineVersion(engine, configFolder)
    if (!ok) return { sentence: `No Docker engine answers: ${complaint}` }
  }
  const removed = await sweepContainers(engine, configFolder, hostname)
  if (removed > 0) say(`Removed ${removed} container(s) of runners that were killed.`)
  return {
    engine,
    network: flags.network,
    limits: { ...limits, processes: limits.processes ?? PROCESSES_IN_CONTAINER },
    pull: flags.pull,
    pullTimeoutSeconds: flags.pullTimeoutSeconds,
    labels: containerLabels(hostname, workFolder.path),
    files: preparation.files,
    ownNode: ownNode(realpathSync(preparation.node), ownSharedObjects()),
    randomUuid: preparation.randomUuid,
  }
}
