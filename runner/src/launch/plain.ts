/**
 * No sandbox at all, for a machine that offers none and jobs that are trusted like the runner itself: a job can read
 * everything that the runner's user can, the pool token included. Chosen only by `--launcher plain`.
 */
import { randomUUID } from 'node:crypto'
import { ENTRY_SCRIPT } from './entry.ts'
import type { Job, JobFolder, JobPaths, Launcher, RunningStep, StepProcess } from './launcher.ts'
import { processesWithVariable, signal } from './processes.ts'
import { spawnStep } from './spawn.ts'
import type { Tools } from './tools.ts'

/** Marks the processes of a step, for there is no namespace that holds them together. */
const MARK = 'DAYPASS_STEP_MARK'

export function plainLauncher(tools: Tools, searchPath: string): Launcher {
  return {
    name: 'plain',
    isolates: false,
    platform: () => `${process.platform}/${process.arch}`,
    paths: (folder) => plainPaths(folder, tools, searchPath),
    run(job: Job, step: StepProcess): RunningStep {
      const mark = randomUUID()
      const marked = { ...step, env: { ...step.env, [MARK]: mark } }
      return spawnStep({
        command: '/bin/sh',
        args: ['-c', ENTRY_SCRIPT, 'sh', step.facts ? 'keep' : 'close', step.cwd, ...step.argv],
        step: marked,
        outputPipe: job.folder.outputPipe,
        namespaced: false,
        // A process that cleared its environment escapes this; only a namespace would hold it.
        sweep: () => {
          for (const pid of processesWithVariable(`${MARK}=${mark}`)) signal(pid, 'SIGKILL')
        },
      })
    },
  }
}

function plainPaths(folder: JobFolder, tools: Tools, searchPath: string): JobPaths {
  return {
    source: folder.source,
    home: folder.home,
    temp: folder.temp,
    identity: folder.identity,
    environmentFile: folder.environmentFile,
    private: folder.private,
    cacheArchive: `${folder.path}/dependencies.tar`,
    imageProgram: folder.source,
    localRepository: undefined,
    pulumi: tools.pulumi,
    node: [tools.node],
    searchPath: [...tools.folders, searchPath].join(':'),
  }
}
