/**
 * Where the steps of a job run: one sandbox for each step, over the one folder of the job.
 *
 * Owns the words that launchers and steps share. A step never sees how it is confined, and a launcher never sees
 * what a step is for. One sandbox a step, because whatever the dependency step leaves running must be dead before
 * a later step holds credentials.
 */

/** The folder of one job on this machine; made by `work-folder.ts`, mode 0700, removed when the job ends. */
export interface JobFolder {
  readonly path: string
  /** The checked-out repository. */
  readonly source: string
  readonly home: string
  readonly temp: string
  /** What the job sees as `/mnt/pulumi`; the runner writes, the job reads. */
  readonly identity: string
  /** The file behind `/PULUMI_ENV`. */
  readonly environmentFile: string
  /** Seen by the one step that asks for it (`privateFolder`), for example an SSH key. */
  readonly private: string
  /** A named pipe for the step's output: `/dev/stderr` of a step must be one that it can open. */
  readonly outputPipe: string
}

/** The same places as the job's own processes see them. */
export interface JobPaths {
  readonly source: string
  readonly home: string
  readonly temp: string
  readonly identity: string
  readonly environmentFile: string
  readonly private: string
  /** Where the step's `cacheArchive` is seen. */
  readonly cacheArchive: string
  /** Where a step that takes the program out of the image (`fromImage`) puts it. */
  readonly imageProgram: string
  /** Where the step's `localRepository` is mounted; undefined: it is seen at its own path. */
  readonly localRepository: string | undefined
  /** The `pulumi` binary: its absolute path, or its name on PATH. */
  readonly pulumi: string
  /** How a command line of our own Node.js begins, whatever is in the image. */
  readonly node: readonly [string, ...string[]]
  /** PATH of every step. */
  readonly searchPath: string
}

/** The user that a job's processes run as. */
export interface JobUser {
  readonly uid: number
  readonly gid: number
}

export interface StepProcess {
  readonly argv: readonly [string, ...string[]]
  /** The whole environment; nothing of the runner's own is added. Never seen in a command line. */
  readonly env: Readonly<Record<string, string>>
  /** As the job sees it. */
  readonly cwd: string
  /** Mounts the job's private folder at `JobPaths.private`. */
  readonly privateFolder?: boolean
  /** Folder of this machine to mount read-only at `JobPaths.localRepository`. */
  readonly localRepository?: string
  /** A file of this machine to mount at `JobPaths.cacheArchive`, for our own scripts only. */
  readonly cacheArchive?: { readonly path: string; readonly writable: boolean }
  /** Runs in the image's working directory; what is at `JobPaths.source` otherwise is at `imageProgram`. */
  readonly fromImage?: boolean
  /** Keeps descriptor 3 open for the step, to tell the runner what it found. For our own scripts only. */
  readonly facts?: boolean
  /** The step is the job's relay, or a program that may reach it on 127.0.0.1. Others need not. */
  readonly relay?: 'is' | 'reaches'
  /** SIGINT goes to the step's whole process group, for shells; otherwise to the program itself, for `pulumi`. */
  readonly interruptGroup?: boolean
}

export interface Job {
  readonly folder: JobFolder
  readonly user: JobUser
  /** The one network there is today: the machine's. A network of the job's own will be another word here. */
  readonly network: 'host'
}

/** How a step ended. `not_started`: the sandbox could not be made, which is the runner's trouble, not the user's. */
export type StepExit =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'not_started'; readonly reason: string }

export interface RunningStep {
  /** Standard output and standard error, in the order written. Not reading it makes the step wait. */
  readonly output: AsyncIterable<Buffer>
  /** Asks the program to stop and to save its work. */
  interrupt(): void
  /** Ends every process of the step at once. */
  kill(): void
  /** Settles when no process of the step lives any more and `output` was read to its end. */
  readonly ended: Promise<{ readonly exit: StepExit; readonly facts: string }>
}

export interface Preparing {
  readonly say: (sentence: string) => void
  readonly interrupt: AbortSignal
}

export interface Launcher {
  readonly name: 'bubblewrap' | 'unshare' | 'plain' | 'docker'
  /** False: the job can read the runner's files and processes. */
  readonly isolates: boolean
  /** What dependencies are built for: system, processor, and what else decides whether they fit. */
  platform(): string
  paths(folder: JobFolder): JobPaths
  /** What must be done before the first step; a sentence when it cannot be, for the person whose deployment it is. */
  prepare?(job: Job, how: Preparing): Promise<string | undefined>
  /** Puts what this launcher needs into the folder of a job; `prepare` has done so for its own. */
  furnish?(job: Job): Promise<void>
  run(job: Job, step: StepProcess): RunningStep
}
