/**
 * The command line of one step's container. Pure: what a container may see and do is decided here and nowhere else.
 *
 * Nothing of the job's environment is in it; that arrives through standard input (`entry.ts`).
 */
import { join } from 'node:path'
import type { Job, StepProcess } from '../launcher.ts'
import { INSIDE, jobMounts, type Mount } from '../layout.ts'
import { entryArguments, FACTS_PIPE } from './entry.ts'

export interface ContainerLimits {
  readonly memoryMegabytes: number
  readonly cpus: number
  readonly processes: number
}

export interface ContainerOptions {
  readonly name: string
  /** By content, so that every step of a job runs the same one. */
  readonly imageId: string
  readonly network: string
  readonly limits: ContainerLimits
  readonly labels: Readonly<Record<string, string>>
  /** Besides the job's own folders: names of users, and certificates. All read-only. */
  readonly files: readonly { readonly from: string; readonly to: string }[]
  readonly factsPipe: string
}

export function runArguments(job: Job, step: StepProcess, options: ContainerOptions): readonly string[] {
  const { limits, labels } = options
  return [
    'run',
    '--rm',
    '--interactive',
    // Collects orphans, and passes signals on to the step.
    '--init',
    ...['--name', options.name],
    ...Object.entries(labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]),
    ...['--pull', 'never'],
    // What a job prints is for us to redact, and not for the engine to keep.
    ...['--log-driver', 'none'],
    ...['--user', `${job.user.uid}:${job.user.gid}`],
    ...['--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges=true'],
    '--read-only',
    ...['--network', options.network],
    ...['--ipc', 'private'],
    ...['--cgroupns', 'private'],
    // Its own, and not one that it shares.
    ...(/^host$|^container:/.test(options.network) ? [] : ['--hostname', 'daypass-job']),
    ...['--memory', `${limits.memoryMegabytes}m`, '--memory-swap', `${limits.memoryMegabytes}m`],
    ...['--cpus', String(limits.cpus)],
    ...['--pids-limit', String(limits.processes)],
    ...['--ulimit', 'core=0'],
    '--no-healthcheck',
    // docker-init then signals the step's whole group, as a shell needs it.
    ...(step.interruptGroup ? ['--env', 'TINI_KILL_PROCESS_GROUP=1'] : []),
    ...mountsOf(job, step, options).flatMap((mount) => ['--mount', mountArgument(mount)]),
    ...['--entrypoint', '/bin/sh'],
    options.imageId,
    ...entryArguments(step),
  ]
}

type Bind = Extract<Mount, { kind: 'bind' }>

function mountsOf(job: Job, step: StepProcess, { files, factsPipe }: ContainerOptions): readonly Bind[] {
  const ofJob = jobMounts(job, step).filter((mount): mount is Bind => mount.kind === 'bind')
  return [
    ...ofJob.map((mount) =>
      step.fromImage && mount.to === INSIDE.source ? { ...mount, to: INSIDE.imageProgram } : mount,
    ),
    { kind: 'bind', from: factsPipe, to: FACTS_PIPE, writable: true },
    ...files.map((file): Bind => ({ kind: 'bind', ...file, writable: false })),
  ]
}

/** A line of CSV, which is how docker reads it: a comma in a path must not begin an option. */
function mountArgument({ from, to, writable }: Bind): string {
  const fields = ['type=bind', `source=${from}`, `target=${to}`, ...(writable ? [] : ['readonly'])]
  return fields
    .map((field) => (/[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')
}

/** Where the launcher keeps what belongs to one job's containers, in the job's folder. */
export function containerFiles(jobFolder: string): {
  readonly factsPipe: string
  readonly passwd: string
  readonly group: string
  readonly config: string
} {
  const at = (name: string): string => join(jobFolder, name)
  return {
    factsPipe: at('facts'),
    passwd: at('passwd'),
    group: at('group'),
    config: at('docker-config'),
  }
}
