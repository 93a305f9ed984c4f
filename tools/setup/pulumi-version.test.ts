import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { PROGRAMS } from './pulumi-build.mjs'
import { isAtLeast, PROVIDED_VERSION, parseVersion } from './pulumi-version.mjs'

test.each([
  ['v3.259.0\n', [3, 259, 0]],
  ['3.220.1', [3, 220, 1]],
  ['v3.260.0-alpha.x1234', [3, 260, 0]],
  ['warning: something\nv3.259.0', [3, 259, 0]],
  ['go1.26.8', [1, 26, 8]],
  ['go1.27', [1, 27, 0]],
  ['', undefined],
  ['pulumi', undefined],
])('the version in %j is %j', (output, version) => {
  expect(parseVersion(output)).toEqual(version)
})

test.each([
  ['v3.220.0', true],
  ['v3.219.99', false],
  ['v4.0.0', true],
  ['v2.999.0', false],
  ['v3.1000.0', true],
  ['none', false],
])('%s is new enough: %s', (output, enough) => {
  expect(isAtLeast(output, '3.220.0')).toBe(enough)
})

test('the Go modules pin the versions that the build writes into the binaries', async () => {
  const modules = await Promise.all(
    PROGRAMS.map(({ module }) => readFile(new URL(`../pulumi/${module}/go.mod`, import.meta.url), 'utf8')),
  )
  expect(modules[0]).toContain(`github.com/pulumi/pulumi/pkg/v3 v${PROVIDED_VERSION}\n`)
  expect(modules[0]).toContain(`github.com/pulumi/pulumi/sdk/v3 v${PROVIDED_VERSION}\n`)
  expect(modules[2]).toContain(`github.com/pulumi/pulumi-yaml ${PROGRAMS[2]?.version.split('=')[1]}\n`)
})
