import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXIT } from '../job/git/fetch-script.ts'
import { readRange, readRefList } from './read-facts.ts'
import { LIST_SCRIPT, RANGE_SCRIPT } from './scripts.ts'

let root: string
let work: string
let remote: string
const clean = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' }

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'daypass-poll-'))
  work = join(root, 'work')
  remote = join(root, 'remote.git')
  mkdirSync(work)
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote])
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', work])
  execFileSync('git', ['-C', remote, 'config', 'uploadpack.allowFilter', 'true'])
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function git(...args: string[]): string {
  const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-c', 'protocol.file.allow=always']
  return execFileSync('git', [...who, ...args], { cwd: work, encoding: 'utf8' }).trim()
}

/** Commits one file and pushes it, by force. */
function push(file: string, message: string, ref = 'refs/heads/main'): string {
  writeFileSync(join(work, file), message)
  git('add', '.')
  git('commit', '--quiet', '-m', message)
  git('push', '--quiet', '--force', remote, `HEAD:${ref}`)
  return git('rev-parse', 'HEAD')
}

/** As in a sandbox: an empty folder, and descriptor 3 for what is told. */
function run(script: string, ...args: string[]) {
  const cwd = mkdtempSync(join(root, 'job-'))
  const { status, output } = spawnSync('/bin/sh', ['-c', script, 'sh', ...args], {
    cwd,
    env: { ...clean, TMPDIR: cwd },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  return { status, facts: output[3]?.toString('utf8') ?? '' }
}
const list = (...branches: string[]) => {
  const { status, facts } = run(LIST_SCRIPT, `file://${remote}`, ...branches)
  return { status, seen: readRefList(facts), facts }
}
const range = (after: string, before: string) =>
  readRange(run(RANGE_SCRIPT, `file://${remote}`, 'main', after, before).facts, 'main', after)

test('refs are listed, what is watched first, and an annotated tag by its commit', () => {
  expect(list('main').seen).toEqual({ refs: [], all: true })
  const commit = push('a', 'One')
  push('a', 'Other', 'refs/heads/another')
  git('tag', '-a', '-m', 'x', 'v1', commit)
  git('push', '--quiet', remote, 'v1', `${commit}:refs/heads/maintenance`)
  const { refs = [], all } = list('main', 'none').seen ?? {}
  expect(all).toBe(true)
  expect(refs.map(({ ref }) => ref)).toEqual([
    'refs/heads/main',
    'refs/tags/v1',
    'refs/heads/another',
    'refs/heads/maintenance',
  ])
  expect(refs[1]?.commit).toBe(commit)
})

test('a remote that is not there is told by what git says', () => {
  const { status, facts } = run(LIST_SCRIPT, `file://${remote}-gone`)
  expect(status).toBe(EXIT.fetchFailed)
  expect(facts).toMatch(/does not appear to be a git repository|does not exist/)
})

test('between two commits: the message, the files, and whether history was rewritten', () => {
  const first = push('one', 'First')
  const second = push('sp ace', 'Second\n\nwith a body')
  const third = push('ümlaut', 'Third')
  expect(range(third, first)).toEqual({
    branch: 'main',
    commit: third,
    forced: false,
    message: 'Third',
    files: ['sp ace', 'ümlaut'],
  })
  expect(range(third, '')).toMatchObject({ message: 'Third', forced: false, files: null })
  // The list says where the branch was; by now it may be further.
  expect(range(second, first)).toMatchObject({ message: 'Second\n\nwith a body', files: ['sp ace'] })
  git('reset', '--quiet', '--hard', first)
  const rewritten = push('two', 'Rewritten')
  expect(range(rewritten, third)).toMatchObject({ message: 'Rewritten', forced: true, files: null })
  expect(range(third, first)).toBeUndefined()
})
