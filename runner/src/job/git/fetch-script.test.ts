import { expect, test } from 'vitest'
import { explainFetch } from './explain.ts'
import { gitEnvironment, privateFiles } from './fetch-script.ts'

const address = { kind: 'ssh', url: 'git@example.com:a/b', host: 'example.com', auth: undefined } as const
const ssh = (checkHostKeys: boolean): string =>
  `${gitEnvironment({ inside: '/p', auth: null, address, allowInsecure: false, checkHostKeys })['GIT_SSH_COMMAND']}`

test('host keys are checked strictly where the runner knows them, and only there', () => {
  expect(ssh(true)).toContain('StrictHostKeyChecking=yes')
  expect(ssh(true)).toContain('UserKnownHostsFile=/p/known_hosts')
  expect(privateFiles(null, 'example.com ssh-ed25519 AAAA')).toContainEqual([
    'known_hosts',
    'example.com ssh-ed25519 AAAA',
    0o400,
  ])
  expect(ssh(false)).toContain('UserKnownHostsFile=/dev/null')
  expect(privateFiles(null, undefined).map(([name]) => name)).not.toContain('known_hosts')
})

test('what git says is quoted without what would command a terminal', () => {
  const facts = { address, wanted: 'branch main', hasCredentials: false }
  expect(explainFetch('x\nfatal: \u001b[2Jgone\u0007', facts).message).toMatch(/fatal: \uFFFD\[2Jgone\uFFFD$/)
  expect(explainFetch('Host key verification failed.', facts)).toMatchObject({
    code: 'source_address_refused',
    message: expect.stringContaining('--ssh-known-hosts'),
  })
})
