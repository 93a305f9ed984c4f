/**
 * Where a deployment's source may come from, and what is said when it cannot be had.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitSource } from '@daypass/contract/job-protocol.ts'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GIT_TOKEN } from './harness/runner/git-host.ts'
import { startSshHost } from './harness/runner/ssh-host.ts'
import { describeRunners, YAML } from './harness/runner/suite.ts'

describeRunners((suite) => {
  describe('sources', () => {
    const code = async (changes: Partial<GitSource>): Promise<string | undefined> => {
      const { failure } = await suite.run({ source: suite.source(changes), preRunCommands: ['exit 1'] })
      expect(failure?.message.length).toBeGreaterThan(20)
      return failure?.code
    }

    test('a repository, branch, commit or folder that is not there, each with its own word', async () => {
      expect(await code({ repoUrl: `${suite.git.url}/none.git` })).toBe('source_repository_not_found')
      expect(await code({ repoUrl: 'http://no-such-host.invalid/x.git' })).toBe('source_repository_not_found')
      expect(await code({ repoUrl: `${suite.git.url}/moved/app.git` })).toBe('source_repository_not_found')
      expect(await code({ branch: 'nope' })).toBe('source_branch_not_found')
      expect(await code({ branch: null, commit: 'f'.repeat(40) })).toBe('source_commit_not_found')
      expect(await code({ branch: null, commit: 'abcdef1' })).toBe('source_commit_not_found')
      expect(await code({ repoDir: 'nope' })).toBe('source_folder_invalid')
      expect(await code({ repoDir: '../x' })).toBe('source_folder_invalid')
      expect(await code({ repoUrl: '/no/such/repository' })).toBe('source_repository_not_found')
      expect(await code({ repoUrl: 'ext::sh -c id' })).toBe('source_address_refused')
    })

    test('a link that leads out of the repository is not followed, and a folder without a program names what is there', async () => {
      suite.git.create('links', {
        'Pulumi.yaml': YAML,
        out: '-> /etc',
        up: '-> ..',
        'docs/index.md': 'x',
        inside: '-> docs',
      })
      const repoUrl = `${suite.git.url}/links.git`
      expect(await code({ repoUrl, repoDir: 'out' })).toBe('source_folder_invalid')
      expect(await code({ repoUrl, repoDir: 'up' })).toBe('source_folder_invalid')
      expect(await code({ repoUrl, repoDir: 'inside' })).toBe('source_no_program')
      expect(suite.plane.text('Get source')).toContain('found there: index.md')
    })

    test('an exact commit, a short one, a tag, and a folder', async () => {
      const first = suite.git.create('history', { 'Pulumi.yaml': YAML, which: 'first' })
      suite.git.commit('history', { which: 'second', 'sub/Pulumi.yaml': YAML })
      const repoUrl = `${suite.git.url}/history.git`
      const which = (changes: Partial<GitSource>): Promise<string> =>
        suite.commands(['cat /deployment/which; pwd'], { source: suite.source({ repoUrl, ...changes }) })
      expect(await which({})).toBe('second/deployment\n')
      expect(await which({ branch: 'refs/heads/main', repoDir: '/sub/' })).toBe('second/deployment/sub\n')
      expect(await which({ branch: null, commit: first })).toBe('first/deployment\n')
      expect(await which({ branch: null, commit: first.slice(0, 10) })).toBe('first/deployment\n')
    })

    test('the runtime is read however it is written, and a file without one is refused', async () => {
      const installed = async (project: string): Promise<string> => {
        suite.git.create('runtimes', { 'Pulumi.yaml': project })
        await suite.commands(['true'], { source: suite.source({ repoUrl: `${suite.git.url}/runtimes.git` }) })
        return suite.plane.text('Download dependencies')
      }
      expect(await installed('name: web\nruntime: "yaml" # said\n')).toContain('A program in yaml')
      expect(await installed('name: web\nruntime:\n  name: yaml\n  options: {}\n')).toContain(
        'A program in yaml',
      )
      expect(await installed('{"name": "web", "runtime": {"name": "yaml"}}')).toContain('A program in yaml')
      for (const broken of ['name: web\n', 'name: [', 'runtime: {}\n', '']) {
        suite.git.create('runtimes', { 'Pulumi.yaml': broken, other: 'x' })
        expect(await code({ repoUrl: `${suite.git.url}/runtimes.git` })).toBe('source_no_program')
      }
    })

    test('a template is the default branch or the named one, with its placeholders filled in', async () => {
      const project = 'name: ${PROJECT}\ndescription: ${DESCRIPTION}\nruntime: yaml\nvariables:\n  a: ${x}\n'
      suite.git.create('template', { 'aws/Pulumi.yaml': project })
      const given = { repoUrl: `${suite.git.url}/template.git`, repoDir: 'aws', template: true }
      const shown = await suite.commands(['cat Pulumi.yaml; ls -A'], {
        source: suite.source({ ...given, branch: null }),
      })
      expect(shown).toBe(
        'name: web\ndescription: Made from a template\nruntime: yaml\nvariables:\n  a: ${x}\nPulumi.yaml\n',
      )
      expect(suite.plane.text('Get source')).toContain('the default branch')
      expect(await suite.commands(['head -n 1 Pulumi.yaml'], { source: suite.source(given) })).toBe(
        'name: web\n',
      )
      expect(await code({ ...given, branch: 'none' })).toBe('source_branch_not_found')
      const plain = suite.source({ ...given, template: false })
      expect(await suite.commands(['head -n 1 Pulumi.yaml'], { source: plain })).toBe('name: ${PROJECT}\n')
    })

    test('a tag and a pull request are told to the program', async () => {
      const commit = suite.git.create('tagged', { 'Pulumi.yaml': YAML })
      const repoUrl = `${suite.git.url}/tagged.git`
      const shown = await suite.commands(['env | grep -E "^PULUMI_(CI_TAG|CI_BRANCH|PR_|CI_PULL)" | sort'], {
        source: suite.source({ repoUrl, branch: null, commit, tag: 'v1.0.0' }),
        pullRequestNumber: 12,
      })
      expect(shown).toBe(
        `PULUMI_CI_PULL_REQUEST_SHA=${commit}\nPULUMI_CI_TAG_NAME=v1.0.0\nPULUMI_PR_NUMBER=12\n`,
      )
    })

    test('hooks of a repository do not run', async () => {
      suite.git.create('hooks', {
        'Pulumi.yaml': YAML,
        '.githooks/post-checkout': '#!/bin/sh\ntouch /tmp/hooked\n',
      })
      expect(
        await suite.commands(['ls /tmp'], {
          source: suite.source({ repoUrl: `${suite.git.url}/hooks.git` }),
        }),
      ).not.toContain('hooked')
    })

    test('a token reaches the host, and is in no file, no command line and no log', async () => {
      suite.git.create('secret', { 'Pulumi.yaml': YAML })
      const repoUrl = `${suite.git.url}/private/secret.git`
      expect(await code({ repoUrl })).toBe('source_auth_failed')
      expect(await code({ repoUrl, auth: { kind: 'token', token: 'wrong-token' } })).toBe(
        'source_auth_failed',
      )
      const shown = await suite.commands(
        [
          'cat .git/config; grep -rF ghp_ / --exclude-dir=proc --exclude-dir=usr 2>/dev/null; env -u PULUMI_ACCESS_TOKEN; ls -A /opt/daypass',
        ],
        {
          source: suite.source({ repoUrl, auth: { kind: 'token', token: GIT_TOKEN } }),
        },
      )
      expect(shown).not.toContain(GIT_TOKEN)
      expect(shown).not.toContain('[secret]')
      expect(shown).not.toContain('private\n')
    })

    test('an SSH key, with and without a passphrase, and a wrong one', async (context) => {
      const ssh = await startSshHost()
      if (!ssh) return context.skip('sshd is not installed')
      onTestFinished(() => ssh.close())
      const repoUrl = `${ssh.url}${suite.git.folder}/app.git`
      const withKey = (privateKey: string, passphrase: string | null): Partial<GitSource> => ({
        repoUrl,
        auth: { kind: 'ssh', privateKey, passphrase },
      })
      expect(await code(withKey(ssh.privateKey, null)), suite.plane.allText()).toBe('pre_run_failed')
      expect(await code(withKey(ssh.encryptedPrivateKey, ssh.passphrase)), suite.plane.allText()).toBe(
        'pre_run_failed',
      )
      expect(await code(withKey(ssh.encryptedPrivateKey, 'wrong'))).toBe('source_auth_failed')
      expect(await code(withKey('no key at all', null))).toBe('source_auth_failed')
      expect(await code({ repoUrl })).toBe('source_auth_failed')
      const shown = await suite.commands(['ls -RA /opt/daypass /tmp /home; ls -A .git'], {
        source: suite.source(withKey(ssh.privateKey, null)),
      })
      expect(shown).not.toMatch(/private|key|known_hosts/)
    })

    test('a local repository, where the owner of the runner allows it', async () => {
      expect(
        await suite.commands(['ls'], {
          source: suite.source({ repoUrl: join(suite.git.folder, 'app.git') }),
        }),
      ).toContain('README.md')
    })
  })

  test('an SSH host whose key is not the known one is refused', async (context) => {
    const ssh = await startSshHost()
    if (!ssh) return context.skip('sshd is not installed')
    onTestFinished(() => ssh.close())
    const folder = mkdtempSync(join(tmpdir(), 'daypass-hosts-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    chmodSync(folder, 0o755)
    const endsWith = async (hosts: string): Promise<string | undefined> => {
      writeFileSync(join(folder, 'known_hosts'), hosts)
      await suite.runner.stop()
      suite.runner = await suite.start('--ssh-known-hosts', join(folder, 'known_hosts'))
      const auth = { kind: 'ssh', privateKey: ssh.privateKey, passphrase: null } as const
      const repoUrl = `${ssh.url}${suite.git.folder}/app.git`
      const { failure } = await suite.run({
        source: suite.source({ repoUrl, auth }),
        preRunCommands: ['exit 1'],
      })
      return failure?.code
    }
    const { port } = new URL(ssh.url)
    const shown = execFileSync('ssh-keyscan', ['-p', port, '127.0.0.1'], { encoding: 'utf8', stdio: 'pipe' })
    expect(await endsWith(shown)).toBe('pre_run_failed')
    expect(await endsWith(shown.replace('[127.0.0.1]', '[127.0.0.2]'))).toBe('source_address_refused')
  })

  test('without a source there has to be an image', async () => {
    const { failure } = await suite.run({ source: null })
    expect(failure).toMatchObject({ code: 'source_no_program', message: expect.stringMatching(/no source/) })
  })

  test('secrets that cannot be hidden end the job before anything runs', async () => {
    const result = await suite.run({
      environment: [{ name: 'BIG', value: '!'.repeat(200_000), secret: true }],
    })
    expect(result.failure).toMatchObject({
      code: 'secrets_too_large',
      message: expect.stringContaining('the secret BIG'),
    })
    expect(suite.plane.allText()).not.toContain('!!!')
  })

  test('a clone that hangs is given up with a sentence', async () => {
    const impatient = await suite.start('--git-timeout-seconds', '1')
    await suite.runner.stop()
    suite.runner = impatient
    const result = await suite.run({ source: suite.source({ repoUrl: `${suite.git.url}/slow/app.git` }) })
    expect(result.failure).toMatchObject({ code: 'source_timeout' })
  })
}, 'ends')
