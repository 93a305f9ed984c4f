import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findGitea, provideGitea } from './gitea.mjs'
import { GITEA_VERSION } from './gitea-build.mjs'

const { signal } = new AbortController()
let folder: string
let cache: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-gitea-setup-'))
  cache = join(folder, 'cache')
  await mkdir(join(folder, 'tools', 'gitea'), { recursive: true })
})
afterEach(() => rm(folder, { recursive: true }))

async function program(file: string, body: string): Promise<string> {
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `#!/bin/sh\n${body}\n`)
  await chmod(file, 0o755)
  return file
}
const giteaThatSays = (file: string, version: string) =>
  program(file, `echo 'gitea version ${version} built with GNU Make 4.1, go1.26.2'`)

test('the module pins the version that the build writes into the binary', async () => {
  const text = await readFile(new URL('../gitea/go.mod', import.meta.url), 'utf8')
  expect(text).toContain(`code.gitea.io/gitea v${GITEA_VERSION}\n`)
})

test('the one that was named comes before the one that was built, and that before PATH', async () => {
  const onPath = await giteaThatSays(join(folder, 'bin', 'gitea'), '1.27.1')
  const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, INIT_CWD: folder }
  const find = (more = {}) => findGitea({ cache, env: { ...env, ...more }, signal })
  expect(await find()).toEqual({ binary: onPath })
  const built = await program(join(cache, 'gitea', `v${GITEA_VERSION}`, 'gitea'), '')
  expect(await find()).toEqual({ binary: built })
  const named = await giteaThatSays(join(folder, 'mine'), '1.25.0')
  expect(await find({ DAYPASS_GITEA: './mine' })).toEqual({ binary: named })
})

test('one that was named and is too old is not passed over', async () => {
  const old = await giteaThatSays(join(folder, 'old'), '1.21.0')
  const find = findGitea({ cache, env: { DAYPASS_GITEA: old, PATH: '/usr/bin:/bin' }, signal })
  await expect(find).rejects.toThrow(
    /DAYPASS_GITEA cannot be used: .* is Gitea 1\.21\.0, older than 1\.25\.0/,
  )
})

test('without any, the reason is there to be printed', async () => {
  const options = { cache, env: { PATH: '' }, signal }
  expect(await findGitea(options)).toEqual({ reason: 'there is none' })
  expect(await provideGitea(folder, options)).toEqual({ reason: 'Go is not installed' })
})

test('a build brings what Gitea reads, writable, beside the binary', async () => {
  const source = join(folder, 'module')
  for (const name of ['options', 'templates', 'public']) {
    await mkdir(join(source, name, 'deep'), { recursive: true })
    await writeFile(join(source, name, 'deep', 'file'), name)
    await chmod(join(source, name, 'deep'), 0o555)
  }
  const go = `if [ "$1" = env ]; then echo go1.26.2; exit 0; fi
if [ "$1" = list ]; then echo ${source}; exit 0; fi
[ "$CGO_ENABLED" = 1 ] || exit 1
while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
printf '#!/bin/sh\\n' > "$out"; chmod 755 "$out"`
  await program(join(folder, 'bin', 'go'), go)
  await program(join(folder, 'bin', 'cc'), 'exit 0')
  const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` }
  const built = join(cache, 'gitea', `v${GITEA_VERSION}`)
  expect(await provideGitea(folder, { cache, env, signal })).toEqual({ binary: join(built, 'gitea') })
  expect(await readFile(join(built, 'static', 'options', 'deep', 'file'), 'utf8')).toBe('options')
  await rm(built, { recursive: true })
  expect(await readdir(join(cache, 'gitea'))).toEqual([])
  for (const name of ['options', 'templates', 'public']) await chmod(join(source, name, 'deep'), 0o755)
})
