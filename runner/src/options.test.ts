import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

const enough = ['--server', 'https://daypass.example.com', '--pool-token-file', '/etc/daypass/pool-token']

function wrong(...args: string[]): string {
  const parsed = parseOptions(args)
  return parsed.kind === 'wrong' ? parsed.sentence : ''
}

test('a server and a pool token are enough, and the defaults are the careful ones', () => {
  const parsed = parseOptions(enough)
  if (parsed.kind !== 'run') throw new Error('refused')
  expect(parsed.options).toMatchObject({
    jobs: 1,
    launcher: 'auto',
    allowInsecureGit: false,
    cloudUrls: { awsSts: undefined, azureAuthority: undefined, googleSts: undefined, googleIam: undefined },
    drainSeconds: 0,
    forwardEnv: [],
    cacheFolder: undefined,
    limits: { processes: undefined, memoryMegabytes: 4096, cpus: 2 },
    docker: { network: 'bridge', pull: 'always', ignoreImages: false },
  })
})

test('plain http is for this machine only, because tokens travel on it', () => {
  for (const url of [
    'http://127.0.0.1:8080',
    'http://localhost:8080',
    'http://[::1]:8080',
    'http://127.9.9.9',
  ]) {
    expect(parseOptions(['--server', url, '--pool-token-fd', '3']).kind).toBe('run')
  }
  for (const url of [
    'http://daypass.example.com',
    'http://10.0.0.1',
    'http://localhost.example.com',
    'http://127.example.com',
  ]) {
    expect(wrong('--server', url, '--pool-token-fd', '3')).toMatch(/in the clear/)
  }
  for (const option of ['--aws-sts-url', '--azure-authority-url', '--google-sts-url', '--google-iam-url']) {
    expect(wrong(...enough, option, 'http://sts.example.com')).toMatch(/in the clear/)
  }
})

test('what is missing or wrong is said in a sentence', () => {
  expect(wrong()).toMatch(/--server/)
  expect(wrong('--server', 'https://a.example')).toMatch(/--pool-token-file/)
  expect(wrong(...enough, '--pool-token-fd', '3')).toMatch(/^Give one of --pool-token-file/)
  expect(wrong(...enough, '--oidc-token-file', '/t')).toMatch(/^Give one of --pool-token-file/)
  expect(wrong(...enough, '--org', 'acme')).toMatch(/belong to --oidc-token-file/)
  const login = ['--server', 'https://a.example', '--oidc-token-file', '/t']
  expect(wrong(...login)).toMatch(/say --org <organization> and --pool/)
  expect(wrong(...login, '--org', 'acme')).toMatch(/and --pool/)
  expect(wrong(...login, '--org', 'acme', '--pool', 'eu')).toBe('')
  expect(wrong(...enough, '--launcher', 'podman')).toMatch(/auto, bubblewrap, unshare, docker, plain/)
  expect(wrong(...enough, '--jobs', '0')).toMatch(/from 1 to 64/)
  expect(wrong(...enough, '--forward-env', 'A=B')).toMatch(/not the name/)
  expect(wrong(...enough, '--name', 'a b')).toMatch(/--name/)
  expect(wrong(...enough, '--docker-network', 'container:x')).toMatch(/--docker-network/)
  expect(wrong(...enough, '--docker-pull', 'sometimes')).toMatch(/always, missing or never/)
  expect(wrong(...enough, '--docker-image', '--privileged')).toMatch(/--docker-image/)
  expect(wrong(...enough, '--cache-folder', 'cache')).toMatch(/absolute path/)
  expect(wrong(...enough, '--job-cpus', '0')).toMatch(/at least 0.1/)
  expect(wrong(...enough, '--job-processes', '1')).toMatch(/from 32/)
  expect(wrong(...enough, '--nonsense')).toMatch(/nonsense/)
  expect(wrong('--server', 'ftp://a.example', '--pool-token-fd', '3')).toMatch(/not a URL/)
  expect(wrong('--server', 'https://user:password@a.example', '--pool-token-fd', '3')).toMatch(/user name/)
})

test('host keys are checked against a file when one is named', () => {
  const parsed = parseOptions([...enough, '--ssh-known-hosts', '/etc/daypass/known_hosts'])
  expect(parsed).toMatchObject({ options: { sshKnownHostsFile: '/etc/daypass/known_hosts' } })
  expect(parseOptions(enough)).toMatchObject({ options: { sshKnownHostsFile: undefined } })
})
