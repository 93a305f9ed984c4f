import { expect, test } from 'vitest'
import { cacheRoot } from './cache.mjs'

test.each([
  [{ DAYPASS_CACHE: '/c' }, 'linux', '/c'],
  [{ XDG_CACHE_HOME: '/x' }, 'linux', '/x/daypass'],
  [{}, 'linux', '/home/a/.cache/daypass'],
  [{ XDG_CACHE_HOME: '/x' }, 'darwin', '/home/a/Library/Caches/daypass'],
] as const)('with %j on %s the cache is %s', (env, platform, folder) => {
  expect(cacheRoot(env, platform, '/home/a')).toBe(folder)
})
