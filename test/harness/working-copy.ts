/** A working copy of a repository on a git host, with which a test does what a developer does: by git itself, over HTTP. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export interface WorkingCopy {
  readonly folder: string
  /** @returns What git printed, trimmed. @throws with what it complained of. */
  readonly git: (...args: string[]) => Promise<string>
  /** Writes the files (null removes one) and commits all of them. @returns The commit. */
  readonly commit: (message: string, files: Readonly<Record<string, string | null>>) => Promise<string>
  readonly remove: () => Promise<void>
}

/** Cloned, or begun with the branch `main` where the repository is empty. */
export async function workingCopyOf(
  cloneUrl: string,
  who: { readonly login: string; readonly password: string },
): Promise<WorkingCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-working-copy-'))
  const url = new URL(cloneUrl)
  url.username = who.login
  url.password = who.password
  const settings = ['-c', `user.name=${who.login}`, '-c', `user.email=${who.login}@example.com`]
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', [...settings, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' },
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main')
  await git('remote', 'add', 'origin', url.href)
  await git('fetch', '--quiet', '--tags', 'origin')
  if ((await git('branch', '--remotes', '--list', 'origin/main')) !== '')
    await git('checkout', '--quiet', '-B', 'main', '--track', 'origin/main')
  return {
    folder,
    git,
    async commit(message, files) {
      for (const [name, text] of Object.entries(files)) {
        const file = join(folder, name)
        if (text === null) {
          await rm(file)
          continue
        }
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
      }
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '-m', message)
      return git('rev-parse', 'HEAD')
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
