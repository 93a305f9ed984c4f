import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { withProvidedPulumi } from './provided-pulumi.ts'

const home = mkdtempSync(join(tmpdir(), 'daypass-home-'))
for (const version of ['v3.99.0', 'v3.259.0', 'v3.259.0.unfinished-1']) {
  mkdirSync(join(home, 'cache/pulumi', version), { recursive: true })
  writeFileSync(join(home, 'cache/pulumi', version, 'pulumi'), '')
}
afterAll(() => rmSync(home, { recursive: true }))
const cached = { DAYPASS_CACHE: join(home, 'cache'), PATH: '/nowhere' }

test('the newest provided CLI is used when the user has none', () => {
  expect(withProvidedPulumi(cached, home)['DAYPASS_PULUMI']).toBe(join(home, 'cache/pulumi/v3.259.0/pulumi'))
  expect(withProvidedPulumi({ PATH: '' }, home)['DAYPASS_PULUMI']).toBeUndefined()
})

test('a CLI that the user named or has on PATH comes first', () => {
  expect(withProvidedPulumi({ ...cached, DAYPASS_PULUMI: '/mine' }, home)['DAYPASS_PULUMI']).toBe('/mine')
  const onPath = { ...cached, PATH: join(home, 'cache/pulumi/v3.99.0') }
  expect(withProvidedPulumi(onPath, home)['DAYPASS_PULUMI']).toBeUndefined()
})
