/**
 * The launcher that needs no package: util-linux's `unshare`, `mount`, `pivot_root` and `setpriv` are everywhere.
 *
 * A constant script builds a small root out of the same mounts that bubblewrap gets, moves into it, lets go of the
 * old one, and drops what is left of its power. Paths and ids reach it as arguments, never as script text.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dropTo, limitProcesses, type SandboxOptions } from './bubblewrap.ts'
import { ENTRY_SCRIPT } from './entry.ts'
import type { Job, Launcher, RunningStep, StepProcess } from './launcher.ts'
import { jobMounts, type Mount, mountPoints, SANDBOX_PATHS } from './layout.ts'
import { spawnStep } from './spawn.ts'

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty']

/**
 * Arguments: the root to build, its mount table, the folders, `:`, the empty files, `:`, pairs of link target and
 * link, `:`, and the program that goes on inside.
 *
 * It stays the first process of the namespace, so that the namespace ends with the program and with the runner
 * (a process that changed its user would forget its parent-death signal).
 */
const BUILD_ROOT = `
set -eu
root=$1 table=$2
shift 2
mount -t tmpfs -o mode=0755,nosuid,nodev,size=16m daypass "$root"
cd "$root"
while [ "$1" != : ]; do mkdir -p ".$1"; shift; done
shift
while [ "$1" != : ]; do : >".$1"; shift; done
shift
while [ "$1" != : ]; do ln -s "$1" ".$2"; shift 2; done
shift
mkdir old
mount -a -T "$table"
while read -r _ _ _ _ point options _; do
  case $point in "$root"/usr/* | "$root"/etc/* | "$root"/opt/*) ;; *) continue ;; esac
  case $options in ro | ro,*) continue ;; esac
  mount -o remount,bind,ro,nosuid,nodev "$point"
done </proc/self/mountinfo
hostname daypass-job 2>/dev/null || :
pivot_root . old
cd /
umount -l /old
rmdir /old
mount -o remount,bind,ro,nosuid,nodev /
set +e
"$@"
exit $?
`

/**
 * Arguments: user id, group id, and the program; the script's own text is its `$0`.
 *
 * It stands between two user namespaces: in the outer one it forbids further ones, in the inner one it is an
 * ordinary user again. Where a machine lets this user have none, there is nothing to forbid.
 */
const FORBID_NAMESPACES = `
uid=$1 gid=$2
shift 2
if [ "$(id -u)" = 0 ]; then
  echo 1 2>/dev/null >/proc/sys/user/max_user_namespaces
  exec unshare --user --map-user="$uid" --map-group="$gid" setpriv --no-new-privs --inh-caps=-all -- "$@"
fi
if unshare --user --map-root-user true 2>/dev/null; then
  exec unshare --user --map-root-user -- /bin/sh -c "$0" "$0" "$uid" "$gid" "$@"
fi
exec "$@"
`

export interface UnshareTools {
  readonly unshare: string
  readonly setpriv: string
}

export function unshareLauncher(programs: UnshareTools, options: SandboxOptions): Launcher {
  return {
    name: 'unshare',
    isolates: true,
    platform: () => `${process.platform}/${options.architecture}`,
    paths: () => SANDBOX_PATHS,
    run(job: Job, step: StepProcess): RunningStep {
      const root = join(job.folder.path, 'root')
      const table = join(job.folder.path, 'mounts')
      const mounts = [...options.systemMounts, ...jobMounts(job, step)]
      writeFileSync(table, mountTable(root, mounts), { mode: 0o600 })
      const args = [
        ...['--pdeathsig', 'KILL', '--', programs.unshare],
        ...[
          '--mount',
          '--propagation',
          'private',
          '--pid',
          '--fork',
          '--kill-child=KILL',
          '--ipc',
          '--uts',
          '--cgroup',
        ],
        ...(options.asRoot ? [] : ['--user', '--map-root-user']),
        ...['--', '/bin/sh', '-c', BUILD_ROOT, 'sh', root, table],
        ...rootContents(mounts),
        ...confinedEntry(job, step, options),
      ]
      return spawnStep({
        command: programs.setpriv,
        args,
        step,
        outputPipe: job.folder.outputPipe,
        namespaced: true,
      })
    },
  }
}

function rootContents(mounts: readonly Mount[]): readonly string[] {
  const points = mountPoints(mounts)
  return [
    ...['/proc', '/dev/pts', '/dev/shm', ...points.folders, ':'],
    ...[...DEVICES.map((name) => `/dev/${name}`), ...points.files, ':'],
    ...DEVICE_LINKS.flat(),
    ...mounts.flatMap((mount) => (mount.kind === 'link' ? [mount.target, mount.to] : [])),
    ':',
  ]
}

const DEVICE_LINKS = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
  ['pts/ptmx', '/dev/ptmx'],
] as const

function confinedEntry(job: Job, step: StepProcess, options: SandboxOptions): readonly string[] {
  const ids = [String(job.user.uid), String(job.user.gid)]
  const entry = ['/bin/sh', '-c', ENTRY_SCRIPT, 'sh', step.facts ? 'keep' : 'close', step.cwd, ...step.argv]
  return [
    ...(options.asRoot ? [...limitProcesses(options), ...dropTo(job.user)] : []),
    ...['/bin/sh', '-c', FORBID_NAMESPACES, FORBID_NAMESPACES, ...ids, ...entry],
  ]
}

/** In the form of fstab(5), so that one `mount` makes them all. */
function mountTable(root: string, mounts: readonly Mount[]): string {
  const line = (source: string, target: string, type: string, options: string): string =>
    `${[source, root + target].map(escaped).join(' ')} ${type} ${options} 0 0\n`
  return [
    line('proc', '/proc', 'proc', 'nosuid,nodev,noexec'),
    line('devpts', '/dev/pts', 'devpts', 'newinstance,ptmxmode=0666,mode=620,nosuid,noexec'),
    line('shm', '/dev/shm', 'tmpfs', 'mode=1777,nosuid,nodev'),
    ...DEVICES.map((name) => line(`/dev/${name}`, `/dev/${name}`, 'none', 'bind')),
    ...mounts.map((mount) => {
      if (mount.kind === 'link') return ''
      if (mount.kind === 'empty') return line('empty', mount.to, 'tmpfs', 'ro,mode=0755')
      const access = mount.writable ? 'rw' : 'ro'
      return line(mount.from, mount.to, 'none', `rbind,${access},nosuid,nodev`)
    }),
  ].join('')
}

function escaped(path: string): string {
  return path.replace(/[\\\s#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
