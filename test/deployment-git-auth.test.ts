/**
 * Private repositories through a remote workspace of the Automation API: every form of credential that it has, from the
 * program that calls it to the git host, which answers nobody without them.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RemoteWorkspace } from '@pulumi/pulumi/automation/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { useRemoteWorkspaces } from './harness/remote-workspace.ts'
import { GIT_TOKEN, GIT_USER, type GitHost, startGitHost } from './harness/runner/git-host.ts'
import { createAuthority } from './harness/runner/proxy.ts'
import { type SshHost, startSshHost } from './harness/runner/ssh-host.ts'
import { PROGRAM, type System, startSystem } from './harness/system.ts'

let system: System
let git: GitHost
let ssh: SshHost | undefined
let overTls: string
let commit: string
const closers: (() => unknown)[] = []

beforeAll(async () => {
  git = await startGitHost()
  closers.push(git.close)
  commit = git.create('shop', { 'Pulumi.yaml': await readFile(join(PROGRAM, 'Pulumi.yaml'), 'utf8') })
  git.commit('shop', { 'later.txt': 'later' })
  const authority = createAuthority()
  closers.push(authority.remove)
  const tls = await authority.serve('localhost', Number(new URL(git.url).port))
  closers.push(tls.close)
  overTls = `https://localhost:${tls.port}/private/shop.git`
  ssh = await startSshHost()
  if (ssh) closers.push(ssh.close)
  system = await startSystem({ runnerFlags: ['--ca-file', authority.file] })
  closers.push(system.stop)
  closers.push(await useRemoteWorkspaces(system.server))
})
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

const OPTIONS = { preRunCommands: ['ls > caller.txt'] }

/** Deploys what the repository holds, and says which files it found. */
async function filesOf(stackName: string, source: object): Promise<string> {
  const stack = await RemoteWorkspace.createOrSelectStack(
    { stackName: `main/shop/${stackName}`, ...source },
    OPTIONS,
  )
  const { outputs } = await stack.up()
  return String(outputs['callerArn']?.value)
}

/** Nobody wrote the credential down: not into the log, nor into what the API says. */
async function expectUnseen(stackName: string, secret: string): Promise<void> {
  const path = `/api/stacks/main/shop/${stackName}/deployments`
  const { deployments } = (await system.server.call('GET', path)).body
  const { body: logs } = await system.server.call('GET', `${path}/${deployments[0].id}/logs`)
  const { body: read } = await system.server.call('GET', `${path}/${deployments[0].id}`)
  expect(JSON.stringify([deployments, logs, read])).not.toContain(secret)
  expect(system.runner.log()).not.toContain(secret)
}

test('a personal access token', async () => {
  const auth = { personalAccessToken: GIT_TOKEN }
  expect(await filesOf('token', { url: overTls, branch: 'main', auth })).toContain('later.txt')
  await expectUnseen('token', GIT_TOKEN)
})

test('a user and a password, and an exact commit', async () => {
  const auth = { username: GIT_USER, password: GIT_TOKEN }
  const files = await filesOf('basic', { url: overTls, commitHash: commit, auth })
  expect(files).toContain('Pulumi.yaml')
  expect(files).not.toContain('later.txt')
  await expectUnseen('basic', GIT_TOKEN)
})

test('no credential and a wrong one fail the deployment with a sentence, and the call that waits for it', async () => {
  for (const auth of [undefined, { personalAccessToken: 'wrong-token' }]) {
    const source = { url: overTls, branch: 'main', ...(auth && { auth }) }
    await expect(filesOf('refused', source)).rejects.toThrow(/exit code [1-9][\s\S]*credentials/)
    const { deployments } = (await system.server.call('GET', '/api/stacks/main/shop/refused/deployments'))
      .body
    const { id } = deployments[0]
    const { body } = await system.server.call('GET', `/api/stacks/main/shop/refused/deployments/${id}`)
    expect(body).toMatchObject({ status: 'failed', failure: { code: 'source_auth_failed' } })
  }
  await expectUnseen('refused', 'wrong-token')
})

test('an SSH key, with a passphrase and without, as text and in a file', async (context) => {
  if (!ssh) return context.skip('sshd is not installed')
  const url = `${ssh.url}${git.folder}/shop.git`
  const file = join(dirname(git.folder), `${Date.now()}-key`)
  await writeFile(file, ssh.privateKey, { mode: 0o600 })
  closers.push(() => rm(file))
  for (const auth of [
    { sshPrivateKey: ssh.encryptedPrivateKey, password: ssh.passphrase },
    { sshPrivateKeyPath: file },
  ]) {
    expect(await filesOf('ssh', { url, branch: 'main', auth })).toContain('later.txt')
  }
  await expectUnseen('ssh', ssh.passphrase)
})
