import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  branchProblem,
  commitProblem,
  folderProblem,
  normalFolder,
  originOf,
  parseRepositoryUrl,
  registryOf,
  repositoryUrlProblem,
} from './repository-url.ts'

test.each([
  ['https://github.com/acme/app.git', 'https://github.com:443'],
  ['https://GitHub.com/acme/app', 'https://github.com:443'],
  ['HTTPS://git.example.com:8443/a', 'https://git.example.com:8443'],
  ['http://127.0.0.1:3000/repo.git', 'http://127.0.0.1:3000'],
  ['http://[::1]:3000/repo.git', 'http://[::1]:3000'],
  ['https://dev.azure.com/acme/My%20Project/_git/app', 'https://dev.azure.com:443'],
  ['ssh://git@github.com/acme/app.git', 'ssh://github.com:22'],
  ['ssh://github.com:2222/~me/app.git', 'ssh://github.com:2222'],
  ['git@github.com:acme/app.git', 'ssh://github.com:22'],
  ['github.com:acme/app.git', 'ssh://github.com:22'],
  ['file:///srv/repo.git', 'file:'],
  ['/srv/repo.git', 'file:'],
])('%s comes from %s', (url, origin) => {
  expect(repositoryUrlProblem(url)).toBeUndefined()
  expect(originOf(url)).toBe(origin)
})

test.each([
  'ext::sh -c touch% /tmp/x',
  'ext::sh',
  'fd::17',
  '--upload-pack=touch /tmp/x',
  '-oProxyCommand=x:y',
  'ssh://-oProxyCommand=id/x',
  'git@-oProxyCommand=id:x',
  'git@host:-x',
  'git@host:/absolute',
  'file://host/srv/repo',
  '//host/repo',
  '../repo',
  'git://github.com/a',
  'ftp://x/y',
  'https://github.com',
  'https:///a',
  'https://github.com/a?x=1',
  'https://github.com/a#b',
  'https://github.com/a b',
  'https://github.com/a\nb',
  'https://github.com\\@evil.example/a',
  'https://github.com:0/a',
  'https://github.com:70000/a',
  'https://%2d/a',
  '',
  ' https://github.com/a',
  `https://github.com/${'a'.repeat(3000)}`,
])('%j is refused', (url) => {
  expect(repositoryUrlProblem(url)).toBeTypeOf('string')
  expect(originOf(url)).toBeUndefined()
})

test.each([
  'https://user:pass@github.com/a',
  'https://token@github.com/a',
  'http://@github.com/a',
  'ssh://git:secret@github.com/a',
  'ftp://me:pw@x/y',
])('%s says where credentials belong', (url) => {
  expect(repositoryUrlProblem(url)).toContain('gitAuth')
})

test('whatever is accepted can neither be an option nor a remote helper, and has one line', () => {
  const piece = fc.constantFrom(
    'https',
    'http',
    'ssh',
    'ext',
    '://',
    ':',
    '::',
    '@',
    '-',
    '/',
    'git',
    'host.example',
    '..',
    ' ',
    '\n',
    '\0',
    '80',
    '?',
    '\\',
    'ü',
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
      (url) => {
        const parsed = parseRepositoryUrl(url)
        if ('problem' in parsed) return
        expect(url).toMatch(/^[A-Za-z0-9_/]/)
        expect(url).not.toMatch(/^[a-z]+::|[\s\0\\]/i)
        expect(parsed.origin).toMatch(/^(file:|(https?|ssh):\/\/[^/@]+:\d+)$/)
      },
    ),
    { numRuns: 3000 },
  )
})

test.each(['main', 'refs/heads/main', 'feature/x-1', 'v1.2', 'a@b', 'ünïcode'])('%s is a branch', (name) => {
  expect(branchProblem(name)).toBeUndefined()
})
test.each([
  '-x',
  '--upload-pack=x',
  '.hidden',
  'a/.b',
  'a..b',
  'a b',
  'a~1',
  'a^',
  'a:b',
  'a?',
  'a*',
  'a[b',
  'a\\b',
  'a/',
  '/a',
  'a//b',
  'a.lock',
  'a.lock/b',
  'a.',
  '@',
  'a@{1}',
  'a\nb',
  'a\u007fb',
])('%j is no branch', (name) => {
  expect(branchProblem(name)).toBeTypeOf('string')
})

test('a commit is 7 to 64 hexadecimal digits', () => {
  expect(commitProblem('0123abC')).toBeUndefined()
  expect(commitProblem('a'.repeat(64))).toBeUndefined()
  for (const bad of ['012345', 'a'.repeat(65), 'HEAD', 'main', '-123456', '0123abg']) {
    expect(commitProblem(bad)).toBeTypeOf('string')
  }
})

test.each([
  ['infra', 'infra'],
  ['./infra/', 'infra'],
  ['a//b/./c', 'a/b/c'],
  ['.', ''],
  ['..a/b..', '..a/b..'],
])('the folder %s is %j', (given, normal) => {
  expect(folderProblem(given)).toBeUndefined()
  expect(normalFolder(given)).toBe(normal)
})
test.each(['..', '../x', 'a/../b', 'a/..', '/etc', '\\x', 'a\\..\\b', 'C:/x', '~/x', 'a\nb'])(
  'the folder %j is outside, or might be',
  (folder) => {
    expect(folderProblem(folder)).toBeTypeOf('string')
  },
)

test('an image names its registry, or means Docker Hub', () => {
  expect(registryOf('pulumi/pulumi:latest')).toBe('docker.io')
  expect(registryOf('ubuntu')).toBe('docker.io')
  expect(registryOf('ghcr.io/acme/x')).toBe('ghcr.io')
  expect(registryOf('Registry.example.com:5000/x@sha256:00')).toBe('registry.example.com:5000')
  expect(registryOf('localhost/x')).toBe('localhost')
})
