import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstPulumi, providePulumi } from './pulumi.mjs'

const { signal } = new AbortController()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-pulumi-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Sources that note who was asked; each answers with a reason unless its binary is given. */
function sources(binaries: Readonly<Record<string, string>>) {
  const asked: string[] = []
  const source = (name: string) => async () => {
    asked.push(name)
    const binary = binaries[name]
    return binary === undefined ? { reason: `no ${name}` } : { binary }
  }
  return {
    asked,
    chosen: async () => undefined,
    onPath: source('PATH'),
    cached: source('cache'),
    archive: source('archive'),
    goModules: source('Go modules'),
  }
}

test('the order is PATH, cache, archive, Go modules, and the first that has one ends the search', async () => {
  const order = ['PATH', 'cache', 'archive', 'Go modules']
  for (const [index, name] of order.entries()) {
    const all = sources({ [name]: '/some/pulumi' })
    expect(await firstPulumi(all)).toBe('/some/pulumi')
    expect(all.asked).toEqual(order.slice(0, index + 1))
  }
})

test('DAYPASS_PULUMI comes before all of them', async () => {
  const all = sources({ PATH: '/usr/bin/pulumi' })
  expect(await firstPulumi({ ...all, chosen: async () => ({ binary: '/mine/pulumi' }) })).toBe('/mine/pulumi')
  expect(all.asked).toEqual([])
})

test('a DAYPASS_PULUMI that does not work is not replaced by another one', async () => {
  const all = {
    ...sources({ PATH: '/usr/bin/pulumi' }),
    chosen: async () => ({ reason: '/mine is not a program' }),
  }
  await expect(firstPulumi(all)).rejects.toThrow(
    'DAYPASS_PULUMI cannot be used: /mine is not a program; correct it or unset it.',
  )
})

test('when none works, one sentence says why and what to install', async () => {
  await expect(firstPulumi(sources({}))).rejects.toThrow(
    'No Pulumi CLI could be found or made (no PATH; no cache; no archive; no Go modules): install Pulumi 3.220.0 or ' +
      'newer (https://www.pulumi.com/docs/install/), or Go 1.26 or newer, then try again.',
  )
})

test('DAYPASS_PULUMI may be relative to where the user stood', async () => {
  await writePulumi(folder, 'v3.300.0')
  const env = { DAYPASS_PULUMI: './pulumi', INIT_CWD: folder, PATH: '/usr/bin:/bin' }
  expect(await providePulumi('/nowhere', { cache: folder, env, signal })).toBe(join(folder, 'pulumi'))
})

test.each([
  ['an old one', 'v3.219.9', /DAYPASS_PULUMI cannot be used: .* is v3\.219\.9, older than 3\.220\.0/],
  ['something else', 'hello', /DAYPASS_PULUMI cannot be used: .* is hello, older than/],
])('DAYPASS_PULUMI may not be %s', async (_name, prints, sentence) => {
  await writePulumi(folder, prints)
  const env = { DAYPASS_PULUMI: join(folder, 'pulumi'), PATH: '/usr/bin:/bin' }
  await expect(providePulumi('/nowhere', { cache: folder, env, signal })).rejects.toThrow(sentence)
})

test('the one on PATH is taken with its language hosts beside it', async () => {
  await writePulumi(folder, 'v3.220.0')
  await writeProgram(join(folder, 'pulumi-language-yaml'), '')
  await writeProgram(join(folder, 'pulumi-language-nodejs'), '')
  const env = { PATH: `${folder}:/usr/bin:/bin` }
  expect(await providePulumi('/nowhere', { cache: join(folder, 'cache'), env, signal })).toBe(
    join(folder, 'pulumi'),
  )
})

test('the one on PATH gives way to our cache when it has no language hosts', async () => {
  const onPath = join(folder, 'bin')
  const cached = join(folder, 'cache', 'pulumi', 'v3.259.0')
  await writePulumi(onPath, 'v3.300.0')
  for (const name of ['pulumi', 'pulumi-language-yaml', 'pulumi-language-nodejs']) {
    await writeProgram(join(cached, name), '')
  }
  const env = { PATH: `${onPath}:/usr/bin:/bin` }
  expect(await providePulumi('/nowhere', { cache: join(folder, 'cache'), env, signal })).toBe(
    join(cached, 'pulumi'),
  )
})

test('what we provide can start dynamic providers; a script that is there already is kept', async () => {
  const cached = join(folder, 'cache', 'pulumi', 'v3.259.0')
  for (const name of ['pulumi', 'pulumi-language-yaml', 'pulumi-language-nodejs']) {
    await writeProgram(join(cached, name), '')
  }
  const provide = () => providePulumi('/nowhere', { cache: join(folder, 'cache'), env: { PATH: '' }, signal })
  const script = join(cached, 'pulumi-resource-pulumi-nodejs')
  await Promise.all([provide(), provide()])
  expect(await readFile(script, 'utf8')).toContain('@pulumi/pulumi/cmd/dynamic-provider')
  expect((await stat(script)).mode & 0o777).toBe(0o755)
  await writeProgram(script, 'echo official')
  await provide()
  expect(await readFile(script, 'utf8')).toContain('echo official')
  expect(await readdir(cached)).toHaveLength(4)
})

async function writePulumi(place: string, prints: string): Promise<void> {
  await writeProgram(join(place, 'pulumi'), `echo '${prints}'`)
}

async function writeProgram(file: string, body: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `#!/bin/sh\n${body}\n`)
  await chmod(file, 0o755)
}
