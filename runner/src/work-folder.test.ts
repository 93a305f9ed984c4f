import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openWorkFolder, type WorkFolder } from './work-folder.ts'

const self = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }

function newBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'daypass-work-'))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  return base
}

async function openIn(base: string): Promise<{ folder: WorkFolder; removedStale: number }> {
  const opened = await openWorkFolder({ base, temp: base })
  if (!opened.ok) throw new Error(opened.sentence)
  return opened
}

/** Folders whose path is longer than the system takes (4,096 bytes), the innermost of which cannot be written. */
function nest(folder: string, depth: number): void {
  const half = 'a/'.repeat(depth / 2)
  const options = { stdio: 'ignore' } as const
  execFileSync('mkdir', ['-p', half], { ...options, cwd: folder })
  execFileSync('mkdir', ['-p', `${half}file`], { ...options, cwd: join(folder, half) })
  chmodSync(join(folder, 'a'), 0o500)
}

test('a job that nested its folders deeper than a path can be long leaves nothing behind', async () => {
  const base = newBase()
  const { folder } = await openIn(base)
  const job = await folder.createJob(self)
  nest(job.source, 3_000)
  expect(await folder.removeJob(job)).toBe(true)
  expect(existsSync(job.path)).toBe(false)
  expect(await folder.close()).toBe(true)
  expect(readdirSync(base)).toEqual([])
})

test('what a killed runner left is removed and counted', async () => {
  const base = newBase()
  const stale = join(base, 'daypass-runner-abcdef')
  mkdirSync(join(stale, 'job-x'), { recursive: true })
  writeFileSync(join(stale, 'job-x', 'secret'), 'x')
  nest(join(stale, 'job-x'), 300)
  const { folder, removedStale } = await openIn(base)
  expect(removedStale).toBe(1)
  expect(existsSync(stale)).toBe(false)
  await folder.close()
})
