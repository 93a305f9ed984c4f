/**
 * Prepares what launchers need on this machine: the job users, their names, the list of mounts, and a launcher that
 * was tried out.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Detected, detectLauncher, type LauncherChoice } from './launch/detect.ts'
import type { JobUser } from './launch/launcher.ts'
import { INSIDE, systemMounts } from './launch/layout.ts'
import type { Tools } from './launch/tools.ts'
import type { WorkFolder } from './work-folder.ts'

/** User ids that no account has: the end of the range from which systemd takes its short-lived users. */
const FIRST_JOB_UID = 61_500
const JOB_UIDS = 4_000

export interface SandboxPreparation {
  readonly choice: Exclude<LauncherChoice, 'docker'>
  readonly workFolder: WorkFolder
  readonly tools: Tools
  readonly searchPath: string
  /** Folders that no job may see, wherever they lie. */
  readonly hidden: readonly string[]
  readonly asRoot: boolean
  /** Of the runner, for every job to read. */
  readonly files: readonly { readonly from: string; readonly to: string }[]
  readonly mostProcesses: number | undefined
  readonly users: readonly JobUser[]
}

/** One user for each job that may run at once. Root can be anybody; an ordinary user is only itself. */
export function jobUsers(jobs: number, self: { uid: number; gid: number; pid: number }): readonly JobUser[] {
  if (self.uid !== 0) return Array.from({ length: jobs }, () => ({ uid: self.uid, gid: self.gid }))
  return Array.from({ length: jobs }, (_, slot) => {
    const id = FIRST_JOB_UID + ((self.pid * 8 + slot) % JOB_UIDS)
    return { uid: id, gid: id }
  })
}

export async function prepareLauncher(preparation: SandboxPreparation): Promise<Detected> {
  const { choice, workFolder, tools, searchPath, hidden, asRoot, users } = preparation
  const more = preparation.files.map(({ from, to }) => ({ kind: 'bind' as const, from, to, writable: false }))
  const files = writeNames(workFolder.path, users)
  const [user] = users
  if (!user) throw new RangeError('A runner has at least one job user.')
  const folder = await workFolder.createJob(user)
  try {
    return await detectLauncher({
      choice,
      sandbox: {
        asRoot,
        architecture: process.arch,
        systemMounts: [...systemMounts(tools, files, hidden), ...more],
        mostProcesses: preparation.mostProcesses,
      },
      tools,
      searchPath,
      trial: { folder, user, network: 'host' },
    })
  } finally {
    await workFolder.removeJob(folder)
  }
}

/** ssh and others want their user to have a name. */
function writeNames(folder: string, users: readonly JobUser[]): { passwd: string; group: string } {
  const passwd = join(folder, 'passwd')
  const group = join(folder, 'group')
  const ids = [...new Map(users.map((user) => [user.uid, user])).values()]
  const jobName = (index: number): string => (index === 0 ? 'job' : `job${index}`)
  writeFileSync(
    passwd,
    [
      'root:x:0:0:root:/nonexistent:/bin/false',
      ...ids.map(({ uid, gid }, index) => `${jobName(index)}:x:${uid}:${gid}::${INSIDE.home}:/bin/sh`),
      'nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
    ].join('\n'),
    { mode: 0o644 },
  )
  writeFileSync(
    group,
    ['root:x:0:', ...ids.map(({ gid }, index) => `${jobName(index)}:x:${gid}:`), 'nogroup:x:65534:\n'].join(
      '\n',
    ),
    { mode: 0o644 },
  )
  return { passwd, group }
}
