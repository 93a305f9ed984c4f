/**
 * The launcher of choice: bubblewrap (`bwrap`) makes the namespaces and mounts.
 *
 * As root the mounts are made without a user namespace and `setpriv` then drops to the job's user, because a user
 * namespace made by root maps the job to the machine's real root. As an ordinary user a user namespace is the
 * only way, and the job keeps the runner's user id, seen from outside; what separates them are the namespaces.
 */
import { ENTRY_SCRIPT } from './entry.ts'
import type { Job, JobUser, Launcher, RunningStep, StepProcess } from './launcher.ts'
import { jobMounts, type Mount, mountPoints, SANDBOX_PATHS } from './layout.ts'
import { seccompFilter } from './seccomp.ts'
import { spawnStep } from './spawn.ts'

export interface SandboxOptions {
  readonly asRoot: boolean
  readonly systemMounts: readonly Mount[]
  readonly architecture: string
  /** Of one job; counted by user, so only where each job has one of its own. */
  readonly mostProcesses: number | undefined
}

/** @param bwrap Absolute path of the program. */
export function bubblewrapLauncher(bwrap: string, options: SandboxOptions): Launcher {
  const filter = seccompFilter(options.architecture)
  return {
    name: 'bubblewrap',
    isolates: true,
    platform: () => `${process.platform}/${options.architecture}`,
    paths: () => SANDBOX_PATHS,
    run(job: Job, step: StepProcess): RunningStep {
      const mounts = [...options.systemMounts, ...jobMounts(job, step)]
      const args = [
        ...namespaces(options.asRoot),
        // Made by itself on the way to a mount, a folder would be closed to the job's user.
        ...mountPoints(mounts).folders.flatMap((folder) => ['--dir', folder]),
        ...mounts.flatMap(mountArguments),
        ...['--remount-ro', '/', '--chdir', '/'],
        ...(filter ? ['--seccomp', '4'] : []),
        '--',
        ...['/bin/sh', '-c', FIRST_PROCESS, 'sh'],
        ...(options.asRoot ? [...limitProcesses(options), ...dropTo(job.user)] : []),
        ...['/bin/sh', '-c', ENTRY_SCRIPT, 'sh', step.facts ? 'keep' : 'close', step.cwd, ...step.argv],
      ]
      return spawnStep({
        command: bwrap,
        args,
        step,
        outputPipe: job.folder.outputPipe,
        namespaced: true,
        ...(filter ? { extraInput: filter } : {}),
      })
    },
  }
}

/**
 * The namespace's first process, in place of bubblewrap's own, which would be left to this machine's init to collect:
 * in a container whose init collects nothing, each step would leave a zombie.
 */
const FIRST_PROCESS = '"$@"; exit $?'

/** `prlimit` stands before the change of user: the new one inherits it and cannot raise it. */
export function limitProcesses({ mostProcesses }: SandboxOptions): readonly string[] {
  return mostProcesses === undefined ? [] : ['prlimit', `--nproc=${mostProcesses}:${mostProcesses}`]
}

/** `setpriv` that leaves no capability and no way to get one back. */
export function dropTo(user: JobUser): readonly string[] {
  return [
    'setpriv',
    ...['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'],
    ...['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'],
    '--',
  ]
}

function namespaces(asRoot: boolean): readonly string[] {
  return [
    // The end of the runner is the end of the job, also when it is killed.
    '--die-with-parent',
    '--as-pid-1',
    '--new-session',
    ...[
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
      '--hostname',
      'daypass-job',
    ],
    ...(asRoot
      ? [
          '--cap-drop',
          'ALL',
          '--cap-add',
          'CAP_SETUID',
          '--cap-add',
          'CAP_SETGID',
          '--cap-add',
          'CAP_SETPCAP',
        ]
      : ['--unshare-user']),
    ...['--dev', '/dev', '--proc', '/proc'],
  ]
}

function mountArguments(mount: Mount): readonly string[] {
  switch (mount.kind) {
    case 'bind':
      return [mount.writable ? '--bind' : '--ro-bind', mount.from, mount.to]
    case 'link':
      return ['--symlink', mount.target, mount.to]
    case 'empty':
      return ['--tmpfs', mount.to]
  }
}
