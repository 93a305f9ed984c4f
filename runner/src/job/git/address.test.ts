import { expect, test } from 'vitest'
import { checkHost, isPrivateAddress, parseRepositoryAddress } from './address.ts'
import { programFolder, wantedBranch, wantedCommit } from './reference.ts'

function accepted(text: string, allowInsecure = false) {
  const parsed = parseRepositoryAddress(text, allowInsecure)
  return parsed.ok ? parsed.address : undefined
}

test.each([
  ['https://github.com/acme/web.git', 'https', 'github.com'],
  ['https://github.com:8443/acme/web', 'https', 'github.com'],
  ['ssh://git@github.com/acme/web.git', 'ssh', 'github.com'],
  ['git@github.com:acme/web.git', 'ssh', 'github.com'],
])('%s may be fetched', (text, kind, host) => {
  expect(accepted(text)).toMatchObject({ kind, host, auth: undefined })
})

test.each([
  'ext::sh -c "touch /tmp/pwned"',
  'ext::sh%20-c%20id',
  'fd::3',
  '--upload-pack=touch /tmp/pwned',
  '-oProxyCommand=id',
  'ssh://-oProxyCommand=id/x',
  'ssh://-ofoo@host/x',
  'git://github.com/acme/web.git',
  'ssh://git@127.0.0.1%2f@github.com/acme/web.git',
  'ssh://git@git%68ub.com/acme/web.git',
  'ssh://a%40b@github.com/acme/web.git',
  'ftp://github.com/acme/web.git',
  'https://github.com/acme/web.git\nhttps://evil.example',
  'javascript:alert(1)',
  'web.git',
  '',
])('%j may not, whatever the runner allows', (text) => {
  expect(accepted(text)).toBeUndefined()
  expect(accepted(text, true)).toBeUndefined()
})

test('http and local paths need the owner of the runner to allow them', () => {
  for (const text of ['http://127.0.0.1:1234/app.git', '/srv/git/app.git', 'file:///srv/git/app.git']) {
    const refused = parseRepositoryAddress(text, false)
    expect(refused.ok ? '' : refused.failure.message).toMatch(/--allow-insecure-git/)
    expect(accepted(text, true)).toBeDefined()
  }
})

test('credentials in an address are taken out of it, so that they stand in no command line', () => {
  expect(accepted('https://bob:s%40cret@github.com/acme/web.git')).toEqual({
    kind: 'https',
    url: 'https://github.com/acme/web.git',
    host: 'github.com',
    auth: { kind: 'basic', username: 'bob', password: 's@cret' },
  })
})

test('addresses that are not public', () => {
  const hidden = [
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
    ],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '2002:7f00:1::',
      '64:ff9b::7f00:1',
      '255.255.255.255',
    ],
    ...['::ffff:7f00:1', 'nonsense'],
  ]
  expect(hidden.filter((address) => !isPrivateAddress(address))).toEqual([])
  expect(['140.82.121.4', '172.32.0.1', '2606:50c0:8000::153', '8.8.8.8'].filter(isPrivateAddress)).toEqual(
    [],
  )
})

test('a host is refused when any of its addresses is private', async () => {
  const address = accepted('https://git.example.com/x')
  if (!address) throw new Error('refused')
  const check = (...found: string[]) => checkHost(address, false, async () => found)
  expect(await check('140.82.121.4')).toBeUndefined()
  expect(await check('140.82.121.4', '169.254.169.254')).toMatchObject({ code: 'source_address_refused' })
  expect(await checkHost(address, true, async () => ['10.0.0.1'])).toBeUndefined()
  const unknown = await checkHost(address, false, async () => Promise.reject(new Error('ENOTFOUND')))
  expect(unknown).toMatchObject({ code: 'source_repository_not_found' })
})

test('a numeric host in disguise is read as what it is', async () => {
  for (const text of [
    'https://2130706433/x',
    'https://0x7f.1/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://127.1/x',
  ]) {
    const address = accepted(text)
    if (!address) throw new Error(`refused ${text}`)
    expect(await checkHost(address, false, async () => ['8.8.8.8'])).toMatchObject({
      code: 'source_address_refused',
    })
  }
})

test('branches and commits that git may be given', () => {
  expect(wantedBranch('main')).toEqual({ kind: 'branch', ref: 'refs/heads/main', localName: 'main' })
  expect(wantedBranch('refs/heads/feature/x')).toMatchObject({
    ref: 'refs/heads/feature/x',
    localName: 'feature/x',
  })
  expect(wantedBranch('refs/tags/v1')).toMatchObject({ ref: 'refs/tags/v1', localName: '' })
  for (const bad of [
    '',
    '-x',
    'a b',
    'a..b',
    'a~1',
    'a:b',
    'a^',
    'a@{1}',
    'a.lock',
    '/a',
    'a/',
    'a//b',
    '.a',
    'x\ny',
    'a*',
  ]) {
    expect(wantedBranch(bad), bad).toBeUndefined()
  }
  expect(wantedCommit('ABCDEF1')).toMatchObject({ ref: 'abcdef1' })
  for (const bad of ['', 'abc', 'main', 'abcdefg', '--all', `${'a'.repeat(65)}`])
    expect(wantedCommit(bad)).toBeUndefined()
})

test('the folder of the program stays inside the repository', () => {
  expect([programFolder(''), programFolder('/'), programFolder('./infra/'), programFolder('a/../b')]).toEqual(
    ['', '', 'infra', 'b'],
  )
  for (const bad of ['..', '../x', 'a/../../x', '/..', 'a/b/../../..'])
    expect(programFolder(bad)).toBeUndefined()
})
