import { expect, test } from 'vitest'
import { firstDifference, pathOutsideNodeModules } from './dependencies.mjs'

const wanted = {
  packages: {
    '': { version: '0.1.0' },
    server: { version: '0.1.0' },
    'node_modules/@daypass/server': { link: true },
    'node_modules/pg': { version: '8.1.0', integrity: 'sha512-a' },
    'node_modules/only-mac': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  },
}
const installed = (packages: object) => ({
  packages: { 'node_modules/@daypass/server': { link: true }, ...packages },
})

test('an installation without the optional packages of other platforms is as wanted', () => {
  const have = installed({ 'node_modules/pg': { version: '8.1.0', integrity: 'sha512-a' } })
  expect(firstDifference(wanted, have)).toBeUndefined()
})

test.each([
  ['a missing package', {}, 'node_modules/pg is missing'],
  ['another version', { 'node_modules/pg': { version: '8.0.0' } }, 'node_modules/pg is 8.0.0, not 8.1.0'],
  [
    'another file of the same version',
    { 'node_modules/pg': { version: '8.1.0', integrity: 'sha512-z' } },
    'node_modules/pg is not the file that package-lock.json names',
  ],
  [
    'a package that was removed from the lock file',
    {
      'node_modules/pg': { version: '8.1.0', integrity: 'sha512-a' },
      'node_modules/old': { version: '1.0.0' },
    },
    'node_modules/old is not in package-lock.json',
  ],
])('%s is a difference', (_name, packages, difference) => {
  expect(firstDifference(wanted, installed(packages))).toBe(difference)
})

test('npm runs on the Node of the machine, not on the one that it is about to remove', () => {
  const path = '/w/node_modules/.bin:/node_modules/.bin:/usr/lib/npm/node-gyp-bin:/usr/bin:/bin'
  expect(pathOutsideNodeModules(path)).toBe('/usr/bin:/bin')
})
