/** The repositories of the local GitHub: bare ones that git serves, and what GitHub knows of them beside. */
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type Role = 'admin' | 'write' | 'read'

export interface PullRequest {
  readonly number: number
  title: string
  readonly author: string
  readonly authorType: 'User' | 'Bot'
  draft: boolean
  state: 'open' | 'closed'
  merged: boolean
  labels: string[]
  base: string
  readonly head: { readonly repository: string; readonly branch: string }
}

export interface Repository {
  readonly id: number
  /** `owner/name`. */
  readonly name: string
  readonly private: boolean
  readonly collaborators: Map<string, Role>
  readonly pullRequests: PullRequest[]
  readonly comments: { id: number; issue: number; author: string; type: 'User' | 'Bot'; body: string }[]
  readonly reviews: { id: number; number: number; author: string; state: string; commit: string }[]
  readonly statuses: {
    sha: string
    state: string
    context: string
    description?: string
    target_url?: string
  }[]
  // biome-ignore lint/suspicious/noExplicitAny: as they were sent, which was checked
  readonly checkRuns: any[]
  /** In the bare repository. @throws what git complained of. */
  readonly git: (...args: string[]) => Promise<string>
}

export async function makeRepository(
  root: string,
  about: { readonly id: number; readonly name: string; readonly private: boolean; readonly parent?: string },
): Promise<Repository> {
  const folder = join(root, `${about.name}.git`)
  const git = async (...args: string[]): Promise<string> => {
    const env = { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' }
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: folder,
      env,
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout.trim()
  }
  await mkdir(folder, { recursive: true })
  await git('init', '--quiet', '--bare', '--initial-branch=main')
  for (const setting of ['http.receivepack', 'uploadpack.allowReachableSHA1InWant'])
    await git('config', setting, 'true')
  if (about.parent !== undefined)
    await git('fetch', '--quiet', join(root, `${about.parent}.git`), 'refs/heads/*:refs/heads/*')
  return {
    id: about.id,
    name: about.name,
    private: about.private,
    git,
    collaborators: new Map(),
    pullRequests: [],
    comments: [],
    reviews: [],
    statuses: [],
    checkRuns: [],
  }
}

/** Undefined: there is no such ref. */
export function headOf(repository: Repository, ref: string): Promise<string | undefined> {
  return repository.git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`).catch(() => undefined)
}

export interface ChangedFile {
  readonly filename: string
  readonly status: 'added' | 'removed' | 'modified' | 'renamed'
  readonly previous_filename?: string
}

/** From their common ancestor to `head`, as GitHub compares. */
export async function changesBetween(
  repository: Repository,
  base: string,
  head: string,
): Promise<ChangedFile[]> {
  const text = await repository.git('diff', '--name-status', '-M', '-z', `${base}...${head}`)
  const words = text.split('\0').filter((word) => word !== '')
  const files: ChangedFile[] = []
  while (words.length > 0) {
    const [letter = '', first = ''] = words.splice(0, 2)
    if (letter.startsWith('R')) {
      files.push({ filename: words.shift() ?? '', status: 'renamed', previous_filename: first })
      continue
    }
    const status = letter === 'A' ? 'added' : letter === 'D' ? 'removed' : 'modified'
    files.push({ filename: first, status })
  }
  return files
}
