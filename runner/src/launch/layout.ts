/**
 * What a sandboxed step can see: the one list that both sandboxing launchers mount.
 *
 * Everything that is not here does not exist inside: not /root, /home, /var, /run, /srv, not the runner's files,
 * Daypass's own folder, its data, nor anybody's sockets.
 */
import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Job, JobPaths, StepProcess } from './launcher.ts'
import type { Tools } from './tools.ts'

export type Mount =
  | { readonly kind: 'bind'; readonly from: string; readonly to: string; readonly writable: boolean }
  | { readonly kind: 'link'; readonly target: string; readonly to: string }
  /** An empty folder over whatever is there. */
  | { readonly kind: 'empty'; readonly to: string }

export const INSIDE = {
  source: '/deployment',
  home: '/home/job',
  temp: '/tmp',
  identity: '/mnt/pulumi',
  environmentFile: '/PULUMI_ENV',
  private: '/opt/daypass/private',
  localRepository: '/opt/daypass/repository',
  tools: '/opt/daypass/bin',
  cacheArchive: '/mnt/dependencies.tar',
  imageProgram: '/opt/daypass/source',
} as const

/** Folders that hold a system's programs; where a system has them merged into /usr they are links. */
const PROGRAM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']

/** Enough of /etc to look up names, trust certificates and load libraries. No git, ssh or npm configuration. */
const ETC = [
  'resolv.conf',
  'hosts',
  'host.conf',
  'nsswitch.conf',
  'gai.conf',
  'services',
  'protocols',
  'localtime',
  'mime.types',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'ssl/certs',
  'ssl/cert.pem',
  'ssl/openssl.cnf',
  'ca-certificates',
  'pki/tls/certs',
  'pki/tls/cert.pem',
  'pki/tls/openssl.cnf',
  'pki/ca-trust/extracted',
  'crypto-policies',
]

const SYSTEM_PATH = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/usr/local/go/bin',
]

/** The same for every job, because each has a file system of its own. */
export const SANDBOX_PATHS: JobPaths = {
  source: INSIDE.source,
  home: INSIDE.home,
  temp: INSIDE.temp,
  identity: INSIDE.identity,
  environmentFile: INSIDE.environmentFile,
  private: INSIDE.private,
  cacheArchive: INSIDE.cacheArchive,
  imageProgram: INSIDE.imageProgram,
  localRepository: INSIDE.localRepository,
  pulumi: join(INSIDE.tools, 'pulumi'),
  node: [join(INSIDE.tools, 'node')],
  searchPath: [INSIDE.tools, ...SYSTEM_PATH].join(':'),
}

export interface SystemFiles {
  /** Made by the runner: the names of root, nobody and the job's user. */
  readonly passwd: string
  readonly group: string
}

/**
 * The system's part of the list, computed once.
 *
 * @param hidden Folders of Daypass itself; covered when they lie inside /usr, absent otherwise.
 */
export function systemMounts(tools: Tools, files: SystemFiles, hidden: readonly string[]): readonly Mount[] {
  return [
    readOnly('/usr', '/usr'),
    ...PROGRAM_FOLDERS.flatMap(programFolder),
    ...hidden
      .map((path) => realpathSync(path))
      .filter((path) => path.startsWith('/usr/'))
      .map((path): Mount => ({ kind: 'empty', to: path })),
    ...ETC.map((name) => join('/etc', name))
      .filter(existsSync)
      .map((path) => readOnly(path, path)),
    readOnly(files.passwd, '/etc/passwd'),
    readOnly(files.group, '/etc/group'),
    ...tools.files.map((file) => readOnly(file.from, join('/opt/daypass', file.to))),
    ...tools.links.map(
      (link): Mount => ({ kind: 'link', target: link.target, to: join('/opt/daypass', link.to) }),
    ),
  ]
}

/** The job's part, and what one step alone may see. */
export function jobMounts(job: Job, step: StepProcess): readonly Mount[] {
  const { folder } = job
  return [
    { kind: 'bind', from: folder.temp, to: INSIDE.temp, writable: true },
    { kind: 'bind', from: folder.home, to: INSIDE.home, writable: true },
    { kind: 'bind', from: folder.source, to: INSIDE.source, writable: true },
    readOnly(folder.identity, INSIDE.identity),
    { kind: 'bind', from: folder.environmentFile, to: INSIDE.environmentFile, writable: true },
    ...(step.privateFolder ? [readOnly(folder.private, INSIDE.private)] : []),
    ...(step.cacheArchive
      ? [
          {
            kind: 'bind' as const,
            from: step.cacheArchive.path,
            to: INSIDE.cacheArchive,
            writable: step.cacheArchive.writable,
          },
        ]
      : []),
    ...(step.localRepository ? [readOnly(step.localRepository, INSIDE.localRepository)] : []),
  ]
}

/** Folders (each after its parent) and empty files that must exist before the binds are made. */
export function mountPoints(mounts: readonly Mount[]): {
  folders: readonly string[]
  files: readonly string[]
} {
  const folders = new Set<string>()
  const files: string[] = []
  for (const mount of mounts) {
    // Inside /usr, which is mounted first and read-only, the point exists already.
    if (mount.kind === 'empty') continue
    const isFolder = mount.kind === 'bind' && statSync(mount.from).isDirectory()
    for (const folder of pathTo(isFolder ? mount.to : dirname(mount.to))) folders.add(folder)
    if (mount.kind === 'bind' && !isFolder) files.push(mount.to)
  }
  return { folders: [...folders], files }
}

/** `/a/b` → `/a`, `/a/b`. */
function pathTo(folder: string): readonly string[] {
  return folder === '/' ? [] : [...pathTo(dirname(folder)), folder]
}

function programFolder(path: string): readonly Mount[] {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  return stat.isSymbolicLink()
    ? [{ kind: 'link', target: readlinkSync(path), to: path }]
    : [readOnly(path, path)]
}

function readOnly(from: string, to: string): Mount {
  return { kind: 'bind', from, to, writable: false }
}
