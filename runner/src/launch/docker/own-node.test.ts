import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { ownNode, ownSharedObjects } from './own-node.ts'

test('glibc: its loader is told where the libraries are', () => {
  const { files, argv } = ownNode('/usr/bin/node', [
    'linux-vdso.so.1',
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib64/ld-linux-x86-64.so.2',
  ])
  const folder = '/opt/daypass/node'
  expect(argv).toEqual([`${folder}/ld-linux-x86-64.so.2`, '--library-path', folder, `${folder}/node`])
  expect(files).toEqual([
    { from: '/usr/bin/node', to: `${folder}/node` },
    { from: '/lib/x86_64-linux-gnu/libc.so.6', to: `${folder}/libc.so.6` },
    { from: '/lib64/ld-linux-x86-64.so.2', to: `${folder}/ld-linux-x86-64.so.2` },
  ])
})

test('musl, whose loader is its library; and a program that needs none', () => {
  const musl = ownNode('/usr/bin/node', ['/lib/ld-musl-aarch64.so.1', '/usr/lib/libstdc++.so.6'])
  expect(musl.argv.slice(0, 2)).toEqual(['/opt/daypass/node/ld-musl-aarch64.so.1', '--library-path'])
  expect(ownNode('/usr/bin/node', []).argv).toEqual(['/opt/daypass/node/node'])
})

test('what this process has loaded is enough to run its program from another folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-node-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { files, argv } = ownNode(process.execPath, ownSharedObjects())
  for (const { from, to } of files) symlinkSync(from, join(folder, basename(to)))
  const [program = '', ...words] = argv.map((word) => word.replace('/opt/daypass/node', folder))
  const { stdout } = await promisify(execFile)(program, [...words, '-p', '6 * 7'], { env: {} })
  expect(stdout).toBe('42\n')
})
