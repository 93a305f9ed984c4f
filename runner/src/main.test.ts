/**
 * The runner as it is shipped, against a fake control plane and a real Git host, on every launcher and as every user
 * that this machine allows.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FinishReport, GitSource, JobSpec } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type FakePlane, JOB_TOKEN, jobSpec, POOL_TOKEN, startFakePlane } from '../harness/fake-plane.ts'
import { GIT_TOKEN, type GitHost, startGitHost } from '../harness/git-host.ts'
import {
  combinations,
  findPulumiFolder,
  pulumiForEverybody,
  type RunnerProcess,
  startRunner,
} from '../harness/runner-process.ts'
import { startSshHost } from '../harness/ssh-host.ts'

const YAML =
  'name: web\nruntime: yaml\nresources:\n  stash:\n    type: pulumi:index:Stash\n    properties:\n      input: hello\noutputs:\n  answer: ${stash.output}\n'
const HIDDEN = 'canary-that-no-job-may-meet'

const { possible, impossible } = combinations()
const pulumiFolder = findPulumiFolder()
for (const reason of impossible) console.warn(`Not tested: ${reason}`)
if (!pulumiFolder)
  console.warn('Not tested: the runner, because there is no Pulumi CLI (DAYPASS_PULUMI or PATH)')

describe.skipIf(!pulumiFolder).each(possible)('$launcher as $user', ({ launcher, user }) => {
  let plane: FakePlane
  let git: GitHost
  let pulumi: ReturnType<typeof pulumiForEverybody>
  let runner: RunnerProcess
  let work: string
  let given: readonly string[] = []

  beforeAll(async () => {
    plane = await startFakePlane()
    git = await startGitHost()
    pulumi = pulumiForEverybody(pulumiFolder ?? '')
    git.create('app', { 'Pulumi.yaml': YAML, 'infra/Pulumi.yaml': YAML, 'README.md': 'Hello' })
    work = mkdtempSync('/dev/shm/daypass-test-')
    chmodSync(work, 0o777)
    runner = await start()
  })
  afterAll(async () => {
    await runner.stop('SIGKILL')
    rmSync(work, { recursive: true, force: true })
    pulumi.remove()
    await git.close()
    await plane.close()
  })

  async function start(...args: string[]): Promise<RunnerProcess> {
    const started = await startRunner({
      server: plane.url,
      user,
      args: [
        '--launcher',
        launcher,
        '--pulumi',
        pulumi.folder,
        '--work-folder',
        work,
        '--grace-seconds',
        '2',
        ...args,
      ],
      env: { DAYPASS_CANARY: HIDDEN },
    })
    await started.waitFor(/waits for deployments/)
    return started
  }

  const source = (changes: Partial<GitSource> = {}): GitSource => ({
    repoUrl: `${git.url}/app.git`,
    branch: 'main',
    commit: null,
    repoDir: '',
    auth: null,
    ...changes,
  })

  /** A job that ends before pulumi does anything of use, for tests of what comes before. */
  async function run(changes: Partial<JobSpec>): Promise<FinishReport> {
    plane.offer(jobSpec({ source: source(), ...changes }))
    return plane.finished()
  }

  /** Runs the commands; the last one ends the job with exit code 42, so that pulumi is never reached. */
  async function commands(preRunCommands: string[], changes: Partial<JobSpec> = {}): Promise<string> {
    given = preRunCommands
    const result = await run({ preRunCommands: [...preRunCommands, 'exit 42'], ...changes })
    expect(result.failure?.message, plane.allText()).toMatch(/"exit 42" ended with exit code 42/)
    return said(1)
  }

  /** What a pre-run command printed, without the line that shows the command itself. */
  function said(command: number): string {
    const shown = plane.text(`Pre-run command ${command}`)
    return shown.replace(`$ ${given[command - 1]}\n`, '')
  }

  const withFileBackend: Partial<JobSpec> = {
    organization: 'organization',
    backendUrl: 'file:///home/job',
    environment: [{ name: 'PULUMI_CONFIG_PASSPHRASE', value: 'a passphrase', secret: true }],
  }
  const initStack = 'pulumi stack init organization/web/dev'

  test('a deployment runs, step by step, and leaves nothing behind', async () => {
    const result = await run({ ...withFileBackend, preRunCommands: [initStack] })
    expect(result, plane.allText()).toEqual({ result: 'succeeded', failure: null })
    expect(plane.steps.map(({ name, statuses }) => [name, ...statuses])).toEqual(
      ['Setup', 'Get source', 'Download dependencies', 'Pre-run command 1', 'pulumi update'].map((name) => [
        name,
        'running',
        'succeeded',
      ]),
    )
    expect(plane.text('pulumi update')).toMatch(/answer: "hello"/)
    expect(plane.protocolErrors).toEqual([])
    await sleep(100)
    expect(jobFolders()).toEqual([])
  })

  test('a job sees its own processes, files and variables, and nothing else of the machine', async () => {
    const secretFolder = mkdtempSync(join(tmpdir(), 'daypass-canary-'))
    onTestFinished(() => rmSync(secretFolder, { recursive: true }))
    writeFileSync(join(secretFolder, 'file'), HIDDEN)
    const socket = createServer()
    await new Promise<void>((resolve) => socket.listen(join(secretFolder, 'socket'), resolve))
    onTestFinished(() => void socket.close())
    const seen = await commands([
      `cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'
       for pid in $(ls /proc | grep '^[0-9]'); do ls -l /proc/$pid/fd /proc/$pid/root /proc/$pid/cwd 2>/dev/null; done
       grep -raIF '${HIDDEN.slice(0, 8)}''${HIDDEN.slice(8)}' / --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr 2>/dev/null
       find / -path /proc -prune -o -path /usr -prune -o -type s -print 2>/dev/null | sed 's/^/socket /'
       ls -la / /root /home /var /run /srv /opt /opt/daypass 2>&1
       id; hostname`,
    ])
    expect(seen).not.toContain(HIDDEN)
    expect(seen).not.toContain(POOL_TOKEN)
    expect(seen).not.toContain(JOB_TOKEN)
    expect(seen).not.toMatch(/^socket /m)
    expect(seen).not.toContain('pool-token')
    expect(seen).not.toContain('main.ts')
    expect(seen).toMatch(/cannot access '\/root'/)
    expect(seen).toMatch(/cannot access '\/var'/)
    expect(seen).toMatch(/cannot access '\/run'/)
    expect(seen).toContain('daypass-job')
    expect(seen).not.toMatch(/uid=0/)
  })

  test('a job has no privileges and no way to any', async () => {
    const shown = await commands([
      `grep -E '^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs)' /proc/self/status
       unshare --user true 2>&1; mount -t tmpfs none /tmp 2>&1; setpriv --reuid 0 true 2>&1
       for place in /x /usr/x /etc/x /opt/daypass/bin/x /mnt/pulumi/x /proc/sys/kernel/hostname; do echo x 2>/dev/null >$place && echo "wrote $place"; done
       kill -9 1 2>/dev/null && echo killed; ls /proc | grep -c '^[0-9]'`,
    ])
    expect(shown.match(/Cap\w+:\s+0+$/gm)).toHaveLength(4)
    expect(shown).toMatch(/NoNewPrivs:\s+1/)
    expect(shown).not.toMatch(/wrote/)
    expect(shown).toMatch(/unshare failed/)
    expect(shown).toMatch(/mount: .*(must be superuser|permission denied)/i)
  })

  test('what a step leaves running is dead before the next one begins', async () => {
    const marker = `8${Math.floor(Math.random() * 1e6)}`
    await commands([
      `sleep ${marker} & setsid sleep ${marker} >/dev/null 2>&1 & (setsid sh -c '(trap "" INT TERM HUP; sleep ${marker}) &' >/dev/null 2>&1 &); exit 0`,
      `ps ax | grep 'slee[p] ${marker}' && echo 'something survived'; exit 0`,
    ])
    expect(said(2)).not.toContain('survived')
    expect(processesWith(`sleep\0${marker}`)).toEqual([])
  })

  test('no credential reaches the source and dependency steps; the program has all of them', async () => {
    git.create('npm', {
      'Pulumi.yaml': 'name: web\nruntime: nodejs\n',
      'package.json': JSON.stringify({
        name: 'web',
        version: '1.0.0',
        scripts: { preinstall: 'env | sort' },
      }),
      'package-lock.json': JSON.stringify({
        name: 'web',
        version: '1.0.0',
        lockfileVersion: 3,
        requires: true,
        packages: { '': { name: 'web', version: '1.0.0', hasInstallScript: true } },
      }),
    })
    const environment = [
      { name: 'PLAIN', value: 'plain-value', secret: false },
      { name: 'HIDDEN', value: 'hidden-value', secret: true },
      { name: 'SOME_TOKEN', value: 'careless-value', secret: false },
    ]
    const identity = {
      issuerUrl: 'https://i.example',
      subject: 's',
      audience: 'acme',
      aws: null,
      configJson: '{"aws":{}}',
    }
    const shown = await commands(
      [
        'env | sort; cat /mnt/pulumi/pulumi.oidc | base64 -w0; test "$(cat $PULUMI_OIDC_TOKEN_FILE)" = "$PULUMI_OIDC_TOKEN" && echo same token',
      ],
      { environment, identity, source: source({ repoUrl: `${git.url}/npm.git` }) },
    )
    const installed = plane.text('Download dependencies')
    expect(installed, plane.allText()).toContain('npm ci')
    expect(installed).toContain('PLAIN=plain-value')
    expect(installed).not.toMatch(/HIDDEN|SOME_TOKEN|PULUMI_ACCESS_TOKEN|OIDC|AWS_/)
    expect(shown).toMatch(/HIDDEN=\[secret\]/)
    expect(shown).toMatch(/PULUMI_ACCESS_TOKEN=\[secret\]/)
    expect(shown).toMatch(/PULUMI_OIDC_TOKEN=\[secret\]/)
    expect(shown).toContain('PULUMI_DEPLOY_OIDC_CONFIG={"aws":{}}')
    expect(shown).toContain('same token')
    for (const { token } of plane.minted) expect(plane.allText()).not.toContain(token)
    expect(plane.text('Fetch credentials via OIDC')).toContain('Issuer https://i.example')
  })

  test('without an oidc block a job holds no token at all', async () => {
    const before = plane.minted.length
    const shown = await commands(['env; ls -A /mnt/pulumi'])
    expect(shown).not.toMatch(/OIDC|pulumi\.oidc/)
    expect(plane.minted).toHaveLength(before)
  })

  test('pre-run commands hand variables on through PULUMI_ENV', async () => {
    await commands([
      'echo "GREETING=hello there" >>/PULUMI_ENV; echo nonsense >>"$PULUMI_ENV_FILE"',
      'echo "[$GREETING]"',
    ])
    expect(plane.text('Pre-run command 1')).toMatch(/sets GREETING/)
    expect(plane.text('Pre-run command 1')).toMatch(/lines 2 are not/)
    expect(plane.text('Pre-run command 2')).toContain('[hello there]')
  })

  test('a variable that would run code in a launcher reaches the program only', async () => {
    const environment = ['LD_PRELOAD', 'BASH_ENV', 'ENV', 'LD_LIBRARY_PATH'].map((name) => ({
      name,
      value: '/deployment/evil.so',
      secret: false,
    }))
    const quoted = { name: 'QUOTED', value: `it's "$(touch /tmp/pwned)" \\ \n two`, secret: false }
    const shown = await commands([`printf '%s|' "$QUOTED" "$ENV"; test -e /tmp/pwned || echo unharmed`], {
      environment: [...environment, quoted],
    })
    expect(shown).toContain(`it's "$(touch /tmp/pwned)" \\ \n two|/deployment/evil.so|`)
    expect(shown).toContain('unharmed')
  })

  test('an exit code of 1 fails the deployment with a sentence', async () => {
    const result = await run({ preRunCommands: ['exit 1'] })
    expect(result).toEqual({
      result: 'failed',
      failure: { code: 'pre_run_failed', message: 'The pre-run command "exit 1" ended with exit code 1.' },
    })
    expect(plane.steps.at(-1)).toMatchObject({ name: 'Pre-run command 1', statuses: ['running', 'failed'] })
  })

  test('a program that fails, fails the deployment', async () => {
    git.create('broken', { 'Pulumi.yaml': YAML.replace('pulumi:index:Stash', 'pulumi:index:Nonsense') })
    const result = await run({
      ...withFileBackend,
      preRunCommands: [initStack],
      source: source({ repoUrl: `${git.url}/broken.git` }),
    })
    expect(result.failure).toMatchObject({ code: 'program_failed' })
    expect(result.failure?.message).toMatch(/pulumi up ended with exit code \d+/)
  })

  test('cancel reaches the program within a second, as SIGINT, and it may save its work', async () => {
    plane.offer(
      jobSpec({
        source: source(),
        preRunCommands: [
          `trap 'echo saving; sleep 0.3; echo saved; exit 7' INT; echo ready; while :; do sleep 0.05; done`,
        ],
      }),
    )
    await until(() => plane.text('Pre-run command 1').includes('ready\n'))
    const begun = performance.now()
    plane.cancel()
    expect(await plane.finished()).toMatchObject({ result: 'failed', failure: { code: 'cancelled' } })
    expect(performance.now() - begun).toBeLessThan(2_500)
    expect(plane.text('Pre-run command 1')).toMatch(/saving\nsaved/)
  })

  test('the time limit ends a job that ignores SIGINT, by its namespace', async () => {
    const marker = `9${Math.floor(Math.random() * 1e6)}`
    const result = await run({
      timeoutSeconds: 1,
      preRunCommands: [`trap '' INT TERM; sleep ${marker}; sleep ${marker}`],
    })
    expect(result.failure).toMatchObject({ code: 'timeout' })
    expect(plane.text('Pre-run command 1')).toMatch(/did not stop in time/)
    expect(processesWith(`sleep\0${marker}`)).toEqual([])
  })

  test('the token file is replaced when half of its life is gone, and each step gets a fresh token', async () => {
    plane.tokenLifetimeSeconds = 2
    onTestFinished(() => {
      plane.tokenLifetimeSeconds = 900
    })
    const identity = {
      issuerUrl: 'https://i.example',
      subject: 's',
      audience: 'acme',
      aws: null,
      configJson: '{}',
    }
    const before = plane.minted.length
    const shown = await commands(
      [
        'a=$(cat /mnt/pulumi/pulumi.oidc); sleep 1.6; test "$a" != "$(cat /mnt/pulumi/pulumi.oidc)" && echo renewed',
        'true',
      ],
      { identity },
    )
    expect(shown).toContain('renewed')
    expect(plane.minted.length - before).toBeGreaterThanOrEqual(3)
    expect(plane.minted.every(({ purpose }) => purpose === 'job')).toBe(true)
  })

  test('a flood of output arrives whole', async () => {
    const shown = await commands(['seq 1 100000'])
    const numbers = shown.split('\n').filter((line) => /^\d+$/.test(line))
    expect(numbers).toHaveLength(100_000)
    expect(numbers.at(-1)).toBe('100000')
  }, 60_000)

  describe('sources', () => {
    const code = async (changes: Partial<GitSource>): Promise<string | undefined> => {
      const { failure } = await run({ source: source(changes), preRunCommands: ['exit 1'] })
      expect(failure?.message.length).toBeGreaterThan(20)
      return failure?.code
    }

    test('a repository, branch, commit or folder that is not there, each with its own word', async () => {
      expect(await code({ repoUrl: `${git.url}/none.git` })).toBe('source_repository_not_found')
      expect(await code({ repoUrl: 'http://no-such-host.invalid/x.git' })).toBe('source_repository_not_found')
      expect(await code({ repoUrl: `${git.url}/moved/app.git` })).toBe('source_repository_not_found')
      expect(await code({ branch: 'nope' })).toBe('source_branch_not_found')
      expect(await code({ branch: null, commit: 'f'.repeat(40) })).toBe('source_commit_not_found')
      expect(await code({ branch: null, commit: 'abcdef1' })).toBe('source_commit_not_found')
      expect(await code({ repoDir: 'nope' })).toBe('source_folder_invalid')
      expect(await code({ repoDir: '../x' })).toBe('source_folder_invalid')
      expect(await code({ repoUrl: '/no/such/repository' })).toBe('source_repository_not_found')
      expect(await code({ repoUrl: 'ext::sh -c id' })).toBe('source_address_refused')
    })

    test('a link that leads out of the repository is not followed, and a folder without a program names what is there', async () => {
      git.create('links', {
        'Pulumi.yaml': YAML,
        out: '-> /etc',
        up: '-> ..',
        'docs/index.md': 'x',
        inside: '-> docs',
      })
      const repoUrl = `${git.url}/links.git`
      expect(await code({ repoUrl, repoDir: 'out' })).toBe('source_folder_invalid')
      expect(await code({ repoUrl, repoDir: 'up' })).toBe('source_folder_invalid')
      expect(await code({ repoUrl, repoDir: 'inside' })).toBe('source_no_program')
      expect(plane.text('Get source')).toContain('found there: index.md')
    })

    test('an exact commit, a short one, a tag, and a folder', async () => {
      const first = git.create('history', { 'Pulumi.yaml': YAML, which: 'first' })
      git.commit('history', { which: 'second', 'sub/Pulumi.yaml': YAML })
      const repoUrl = `${git.url}/history.git`
      const which = (changes: Partial<GitSource>): Promise<string> =>
        commands(['cat /deployment/which; pwd'], { source: source({ repoUrl, ...changes }) })
      expect(await which({})).toBe('second/deployment\n')
      expect(await which({ branch: 'refs/heads/main', repoDir: '/sub/' })).toBe('second/deployment/sub\n')
      expect(await which({ branch: null, commit: first })).toBe('first/deployment\n')
      expect(await which({ branch: null, commit: first.slice(0, 10) })).toBe('first/deployment\n')
    })

    test('hooks of a repository do not run', async () => {
      git.create('hooks', {
        'Pulumi.yaml': YAML,
        '.githooks/post-checkout': '#!/bin/sh\ntouch /tmp/hooked\n',
      })
      expect(
        await commands(['ls /tmp'], { source: source({ repoUrl: `${git.url}/hooks.git` }) }),
      ).not.toContain('hooked')
    })

    test('a token reaches the host, and is in no file, no command line and no log', async () => {
      git.create('secret', { 'Pulumi.yaml': YAML })
      const repoUrl = `${git.url}/private/secret.git`
      expect(await code({ repoUrl })).toBe('source_auth_failed')
      expect(await code({ repoUrl, auth: { kind: 'token', token: 'wrong-token' } })).toBe(
        'source_auth_failed',
      )
      const shown = await commands(
        [
          'cat .git/config; grep -rF ghp_ / --exclude-dir=proc --exclude-dir=usr 2>/dev/null; env -u PULUMI_ACCESS_TOKEN; ls -A /opt/daypass',
        ],
        {
          source: source({ repoUrl, auth: { kind: 'token', token: GIT_TOKEN } }),
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
      const repoUrl = `${ssh.url}${git.folder}/app.git`
      const withKey = (privateKey: string, passphrase: string | null): Partial<GitSource> => ({
        repoUrl,
        auth: { kind: 'ssh', privateKey, passphrase },
      })
      expect(await code(withKey(ssh.privateKey, null)), plane.allText()).toBe('pre_run_failed')
      expect(await code(withKey(ssh.encryptedPrivateKey, ssh.passphrase)), plane.allText()).toBe(
        'pre_run_failed',
      )
      expect(await code(withKey(ssh.encryptedPrivateKey, 'wrong'))).toBe('source_auth_failed')
      expect(await code(withKey('no key at all', null))).toBe('source_auth_failed')
      expect(await code({ repoUrl })).toBe('source_auth_failed')
      const shown = await commands(['ls -RA /opt/daypass /tmp /home; ls -A .git'], {
        source: source(withKey(ssh.privateKey, null)),
      })
      expect(shown).not.toMatch(/private|key|known_hosts/)
    })

    test('a local repository, where the owner of the runner allows it', async () => {
      expect(await commands(['ls'], { source: source({ repoUrl: join(git.folder, 'app.git') }) })).toContain(
        'README.md',
      )
    })
  })

  test('a clone that hangs is given up with a sentence', async () => {
    const impatient = await start('--git-timeout-seconds', '1')
    await runner.stop()
    runner = impatient
    const result = await run({ source: source({ repoUrl: `${git.url}/slow/app.git` }) })
    expect(result.failure).toMatchObject({ code: 'source_timeout' })
  })

  test('a lease that is lost ends the job, and nothing is reported any more', async () => {
    const marker = `7${Math.floor(Math.random() * 1e6)}`
    plane.lease = { leaseSeconds: 5, beatSeconds: 0.2, giveUpSeconds: 2 }
    onTestFinished(() => {
      plane.mood = 'fine'
    })
    plane.offer(
      jobSpec({ source: source(), preRunCommands: [`echo ready; sleep ${marker}; sleep ${marker}`] }),
    )
    await until(() => plane.text('Pre-run command 1').includes('ready\n'))
    plane.mood = 'lost'
    await until(() => processesWith(`sleep\0${marker}`).length === 0, 6)
  })

  test('a runner that is killed takes its job with it, and the next one clears up', async () => {
    const marker = `6${Math.floor(Math.random() * 1e6)}`
    plane.offer(
      jobSpec({ source: source(), preRunCommands: [`echo ready; sleep ${marker}; sleep ${marker}`] }),
    )
    await until(() => plane.text('Pre-run command 1').includes('ready\n'))
    const before = runnerFolders()
    await runner.stop('SIGKILL')
    await until(() => processesWith(`sleep\0${marker}`).length === 0, 2)
    expect(before).toHaveLength(1)
    runner = await start()
    expect(runnerFolders()).toHaveLength(1)
    expect(runnerFolders()).not.toEqual(before)
  })

  test('a runner that is told to stop asks its job to save, reports it, and goes', async () => {
    plane.offer(
      jobSpec({
        source: source(),
        preRunCommands: [`trap 'echo saved; exit 7' INT; echo ready; while :; do sleep 0.05; done`],
      }),
    )
    await until(() => plane.text('Pre-run command 1').includes('ready\n'))
    const [code, result] = await Promise.all([runner.stop(), plane.finished()])
    expect(code).toBe(0)
    expect(result.failure).toMatchObject({ code: 'runner_stopped' })
    expect(plane.text('Pre-run command 1')).toContain('saved')
    runner = await start()
  })

  function runnerFolders(): string[] {
    return readdirSync(work).map((name) => join(work, name))
  }

  function jobFolders(): string[] {
    return runnerFolders().flatMap((folder) => readdirSync(folder).filter((name) => name.startsWith('job-')))
  }
})

function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text)
      } catch {
        return false
      }
    })
}

async function until(holds: () => boolean, seconds = 15): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !holds(); ) {
    if (Date.now() > end) throw new Error(`It did not come about within ${seconds} s.`)
    await sleep(10)
  }
}
