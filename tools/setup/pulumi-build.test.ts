import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildPulumi, PROGRAMS } from './pulumi-build.mjs'

let folder: string
let target: string
const { signal } = new AbortController()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-build-'))
  target = join(folder, 'cache', 'v3.259.0')
  for (const { module } of PROGRAMS) await mkdir(join(folder, 'tools', 'pulumi', module), { recursive: true })
})
afterEach(() => rm(folder, { recursive: true }))

/** A `go` that answers its version and does `build` when it is asked to build; `$out` is the wanted file. */
async function installGo(version: string, build: string): Promise<NodeJS.ProcessEnv> {
  const go = join(folder, 'go')
  await writeFile(
    go,
    `#!/bin/sh
if [ "$1" = env ]; then echo '${version}'; exit 0; fi
while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
${build}
`,
  )
  await chmod(go, 0o755)
  return { PATH: `${folder}:/usr/bin:/bin` }
}

test('all three programs appear together', async () => {
  const env = await installGo('go1.26.0', 'echo built > "$out"')
  expect(await buildPulumi(folder, target, { env, signal })).toBeUndefined()
  expect((await readdir(target)).sort()).toEqual(['pulumi', 'pulumi-language-nodejs', 'pulumi-language-yaml'])
})

test.each([
  ['an old Go', 'go1.25.9', 'Go is go1.25.9, older than 1.26'],
  ['something that is not Go', 'the game', 'Go is the game, older than 1.26'],
])('%s is no source', async (_name, version, reason) => {
  const env = await installGo(version, 'exit 1')
  expect(await buildPulumi(folder, target, { env, signal })).toEqual({ reason })
})

test('no Go is no source', async () => {
  expect(await buildPulumi(folder, target, { env: { PATH: folder }, signal })).toEqual({
    reason: 'Go is not installed',
  })
})

test('a failed build says what Go said and leaves nothing', async () => {
  const env = await installGo('go1.26.0', 'echo half > "$out"; echo "cannot find module" >&2; exit 1')
  const build = buildPulumi(folder, target, { env, signal })
  await expect(build).rejects.toMatchObject({
    message: 'Building pulumi with Go failed; see above.',
    output: 'cannot find module\n',
  })
  expect(await readdir(join(folder, 'cache'))).toEqual([])
})

test('an interrupted build ends its compilers and leaves no half cache', async () => {
  const pidFile = join(folder, 'compiler')
  const env = await installGo('go1.26.0', `echo half > "$out"; sleep 1000 & echo $! > ${pidFile}; wait`)
  const interrupt = new AbortController()
  const build = buildPulumi(folder, target, { env, signal: interrupt.signal })
  const compiler = Number(await contentOf(pidFile))
  interrupt.abort(new Error('Interrupted by SIGINT'))
  await expect(build).rejects.toThrow('Interrupted by SIGINT')
  expect(await readdir(join(folder, 'cache'))).toEqual([])
  expect(await isGone(compiler)).toBe(true)
})

test('what a killed build left is swept up by the next one', async () => {
  const env = await installGo('go1.26.0', `echo half > "$out"; touch ${join(folder, 'began')}; sleep 2`)
  const program = `
    import { buildPulumi } from ${JSON.stringify(new URL('./pulumi-build.mjs', import.meta.url).href)}
    await buildPulumi(${JSON.stringify(folder)}, ${JSON.stringify(target)}, { env: ${JSON.stringify(env)}, signal: new AbortController().signal })`
  const builder = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
  while ((await readdir(folder)).every((name) => name !== 'began')) await sleep(10)
  builder.kill('SIGKILL')
  const left = await readdir(join(folder, 'cache'))
  expect(left.map((name) => name.replace(/[0-9a-f]+$/, ''))).toEqual(['v3.259.0.unfinished-'])

  await installGo('go1.26.0', 'echo built > "$out"')
  await buildPulumi(folder, target, { env, signal })
  expect(await readdir(join(folder, 'cache'))).toEqual(['v3.259.0'])
})

async function contentOf(file: string): Promise<string> {
  for (;;) {
    const content = await readFile(file, 'utf8').catch(() => '')
    if (content.endsWith('\n')) return content
    await sleep(10)
  }
}

async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await sleep(20)
  }
  return false
}
