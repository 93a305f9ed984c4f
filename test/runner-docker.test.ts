/**
 * Jobs in containers: what they may see and do, that they end when they must, and how an image is fetched.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ExecutorImage, FinishReport, JobSpec } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  type FakePlane,
  jobIdentity,
  jobSpec,
  POOL_TOKEN,
  STACK_TOKEN,
  startFakePlane,
} from '../runner/harness/fake-plane.ts'
import { type TestDocker, testDocker, whyNoDocker } from './harness/runner/docker.ts'
import { type GitHost, startGitHost } from './harness/runner/git-host.ts'
import {
  findPulumiFolder,
  pulumiForEverybody,
  type RunnerProcess,
  startRunner,
} from './harness/runner/runner-process.ts'
import { HIDDEN, INIT_STACK, processesWith, until, withFileBackend, YAML } from './harness/runner/suite.ts'

const pulumiFolder = findPulumiFolder()
const why = pulumiFolder ? whyNoDocker() : 'there is no Pulumi CLI'
if (why) console.warn(`Not tested: jobs in containers, because ${why}`)

describe.skipIf(why !== undefined)('in containers', () => {
  let plane: FakePlane
  let git: GitHost
  let docker: TestDocker
  let pulumi: ReturnType<typeof pulumiForEverybody>
  let runner: RunnerProcess
  let image: ExecutorImage
  const work = `/dev/shm/daypass-containers-${process.pid}`

  const start = async (...args: string[]): Promise<RunnerProcess> => {
    const started = await startRunner({
      server: plane.url,
      args: [
        '--pulumi',
        pulumi.folder,
        '--work-folder',
        work,
        '--grace-seconds',
        '2',
        ...docker.flags,
        ...args,
      ],
      env: { ...docker.env, DAYPASS_CANARY: HIDDEN },
    })
    await started.waitFor(/waits for deployments/)
    return started
  }
  const restart = async (...args: string[]): Promise<void> => {
    await runner.stop()
    runner = await start(...args)
  }
  const source = (name = 'app'): JobSpec['source'] => ({
    ...(jobSpec().source as NonNullable<JobSpec['source']>),
    repoUrl: `${git.url}/${name}.git`,
  })
  const offer = (changes: Partial<JobSpec>): void =>
    plane.offer(jobSpec({ source: source(), executorImage: image, ...changes }))
  const run = (changes: Partial<JobSpec>): Promise<FinishReport> => {
    offer(changes)
    return plane.finished()
  }
  /** What the first command printed. */
  async function commands(preRunCommands: string[], changes: Partial<JobSpec> = {}): Promise<string> {
    const result = await run({ preRunCommands: [...preRunCommands, 'exit 42'], ...changes })
    expect(result.failure?.message, plane.allText()).toMatch(/"exit 42" ended with exit code 42/)
    return plane.text('Pre-run command 1').replace(`$ ${preRunCommands[0]}\n`, '')
  }

  beforeAll(async () => {
    const started = await Promise.all([startFakePlane(), startGitHost()])
    plane = started[0]
    git = started[1]
    pulumi = pulumiForEverybody(pulumiFolder ?? '')
    docker = testDocker(pulumi.folder)
    image = { reference: docker.image, credentials: null }
    mkdirSync(work)
    git.create('app', { 'Pulumi.yaml': YAML })
    runner = await start()
  })
  afterAll(async () => {
    await runner?.stop('SIGKILL')
    docker?.remove()
    pulumi?.remove()
    rmSync(work, { recursive: true, force: true })
    await git?.close()
    await plane?.close()
  })

  test('a deployment runs in its image, step by step', async () => {
    const result = await run({ ...withFileBackend, preRunCommands: [INIT_STACK] })
    expect(result, plane.allText()).toEqual({ result: 'succeeded', failure: null })
    expect(plane.text('Setup')).toContain('each step in a container of its own (docker)')
    expect(plane.text('Setup')).toMatch(/Image \S+ \(sha256:[0-9a-f]{64}\)/)
    expect(plane.text('pulumi update')).toMatch(/answer: "hello"/)
    const jobs = (): string[] =>
      readdirSync(work).flatMap((name) =>
        readdirSync(join(work, name)).filter((one) => one.startsWith('job-')),
      )
    await expect.poll(jobs).toEqual([])
  })

  test('a job without an image runs in the sandbox of the machine', async () => {
    await commands(['true'], { executorImage: null })
    expect(plane.text('Setup')).not.toContain('container')
  })

  test('a container has no privileges, nothing of the machine, and an image that it cannot change', async () => {
    const shown = await commands([
      `grep -E '^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs)' /proc/self/status; id
       for place in /x /usr/x /etc/x /mnt/pulumi/x; do (echo x >$place) 2>/dev/null && echo "wrote:$place"; done
       for place in /tmp/x ~/x /deployment/x; do echo x >$place && echo "may write:$place"; done
       for place in /run /var/run; do [ -e $place/docker.sock ] && echo socket:$place; done
       cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'; cat /proc/self/mountinfo
       echo "path $PATH"; whoami`,
    ])
    expect(shown.match(/Cap\w+:\s+0+$/gm)).toHaveLength(4)
    expect(shown).toMatch(/NoNewPrivs:\s+1/)
    expect(shown).not.toMatch(/uid=0/)
    expect(shown).not.toMatch(/wrote:\//)
    expect(shown.match(/may write:\//g)).toHaveLength(3)
    expect(shown).not.toMatch(/socket:\//)
    for (const secret of [HIDDEN, POOL_TOKEN, 'pool-token']) expect(shown).not.toContain(secret)
    expect(shown).toMatch(/path .*bin/)
    expect(shown).not.toMatch(/^path .*path-of-the-image/m)
    expect(shown).toMatch(/\njob\n/)
  })

  test('variables of any content, PULUMI_ENV and the exit code pass through', async () => {
    const value = `it's "$(touch /tmp/pwned)" \\ \n two`
    const environment = [{ name: 'QUOTED', value, secret: false }]
    const shown = await commands(
      [
        `printf '%s|' "$QUOTED"; test -e /tmp/pwned || echo unharmed; echo NEXT=on >>"$PULUMI_ENV"`,
        'echo "[$NEXT]"',
      ],
      { environment },
    )
    expect(shown).toContain(`${value}|unharmed`)
    expect(plane.text('Pre-run command 2')).toContain('[on]')
  })

  test('a cancel is a SIGINT to the whole group of a shell, and a program may save its work', async () => {
    offer({
      preRunCommands: [
        `trap 'echo saving; sleep 0.3; echo saved; exit 7' INT; echo ready; while :; do sleep 0.05; done`,
      ],
    })
    await until(() => plane.text('Pre-run command 1').includes('ready\n'))
    plane.cancel()
    expect(await plane.finished()).toMatchObject({ failure: { code: 'cancelled' } })
    expect(plane.text('Pre-run command 1')).toMatch(/saving\nsaved/)
  })

  test('the time limit ends a container that ignores everything, with all that it left behind', async () => {
    const marker = `7${Math.floor(Math.random() * 1e6)}`
    const result = await run({
      timeoutSeconds: 4,
      preRunCommands: [
        `(setsid sleep ${marker} >/dev/null 2>&1 &); trap '' INT TERM; sleep ${marker}; sleep ${marker}`,
      ],
    })
    expect(result.failure).toMatchObject({ code: 'timeout' })
    expect(processesWith(`sleep\0${marker}`)).toEqual([])
  })

  test('a container ends with a runner that is killed', async () => {
    const marker = `6${Math.floor(Math.random() * 1e6)}`
    offer({ preRunCommands: [`echo begun; sleep ${marker}`] })
    await until(() => plane.text('Pre-run command 1').includes('begun\n'))
    await runner.stop('SIGKILL')
    await until(() => processesWith(`sleep\0${marker}`).length === 0)
    runner = await start()
  })

  test('without a source the program is taken from the working directory of the image', async (context) => {
    if (docker.isReal) return context.skip("the image of the real engine is somebody else's")
    const program = join(docker.state, 'image')
    const { failure } = await run({ source: null })
    expect(failure).toMatchObject({ code: 'source_no_program', message: expect.stringContaining('bin') })
    writeFileSync(join(program, 'Pulumi.yaml'), YAML)
    onTestFinished(() => rmSync(join(program, 'Pulumi.yaml')))
    const shown = await commands(['pwd; ls; echo more >>Pulumi.yaml && echo writable'], { source: null })
    expect(shown).toMatch(/^\/deployment\nPulumi.yaml\nbin\nwritable/)
  })

  describe.skipIf(process.env['DAYPASS_TEST_DOCKER_HOST'] !== undefined)('the engine is asked', () => {
    const before = (): number => docker.calls().length

    test('for exactly this', async () => {
      const from = before()
      await commands(['true'])
      const calls = docker.calls().slice(from)
      expect(calls.slice(0, 3).map(({ argv }) => argv)).toEqual([
        ['version', '--format', '{{.Server.Version}}'],
        ['pull', '--quiet', docker.image],
        ['image', 'inspect', '--format', '{{.Id}}', docker.image],
      ])
      const runs = calls.map(({ argv }) => argv).filter(([command]) => command === 'run')
      expect(runs.length).toBeGreaterThanOrEqual(3)
      for (const argv of runs) {
        const entrypoint = argv.indexOf('--entrypoint')
        const flags = argv
          .slice(0, entrypoint)
          .map((word) => word.replaceAll(/daypass-[0-9a-f-]{36}/g, 'NAME'))
        const mounts = flags.filter((_, index) => flags[index - 1] === '--mount')
        expect(
          flags.filter((_, index) => flags[index] !== '--mount' && flags[index - 1] !== '--mount'),
        ).toEqual([
          'run',
          ...['--rm', '--interactive', '--init', '--name', 'NAME'],
          ...['--label', `dev.daypass.host=${hostname()}`],
          ...['--label', expect.stringMatching(`^dev\\.daypass\\.work-folder=${work}/daypass-runner-\\w+$`)],
          ...['--pull', 'never', '--log-driver', 'none'],
          ...['--user', expect.stringMatching(/^\d+:\d+$/), '--cap-drop', 'ALL'],
          ...['--security-opt', 'no-new-privileges=true', '--read-only', '--network', 'host'],
          ...['--ipc', 'private', '--cgroupns', 'private'],
          ...['--memory', '4096m', '--memory-swap', '4096m', '--cpus', '2', '--pids-limit', '4096'],
          ...['--ulimit', 'core=0', '--no-healthcheck'],
          ...['--env', 'TINI_KILL_PROCESS_GROUP=1'],
        ])
        for (const mount of mounts)
          expect(mount).toMatch(new RegExp(`^type=bind,source=${work}/daypass-runner-\\w+/job-\\w+/`))
        expect(argv.slice(entrypoint, entrypoint + 4)).toEqual([
          '--entrypoint',
          '/bin/sh',
          expect.stringMatching(/^sha256:/),
          '-c',
        ])
        expect(argv.join(' ')).not.toContain(STACK_TOKEN)
      }
      for (const { env } of calls)
        expect(env.filter((name) => !/^(PATH|DOCKER_CONFIG|PWD|SHLVL|_|OLDPWD)$/.test(name))).toEqual([])
    })

    test('for an image with its credentials, which no command line, log or later call has', async () => {
      const reference = 'private.example.com/acme/executor:2'
      const denied = await run({ executorImage: { reference, credentials: null } })
      expect(denied.failure).toMatchObject({
        code: 'executor_image_unavailable',
        message: expect.stringMatching(/private\.example\.com.*pull access denied/),
      })
      const password = 's3cret-of-the-registry'
      const from = before()
      const shown = await commands(['env; find / -name config.json -path "*docker*" 2>/dev/null; true'], {
        executorImage: { reference, credentials: { username: 'robot', password } },
      })
      expect(shown).not.toContain('config.json')
      const calls = docker.calls().slice(from)
      expect(JSON.stringify(calls.map(({ argv }) => argv))).not.toContain(password)
      expect(calls.filter(({ config }) => config !== undefined).map(({ argv }) => argv[0])).toEqual(['pull'])
      expect(plane.allText()).not.toContain(password)
    })

    test('and when it has no such image, or does not answer, the deployment says so', async () => {
      const missing = await run({ executorImage: { reference: 'acme/missing:1', credentials: null } })
      expect(missing.failure).toMatchObject({
        code: 'executor_image_unavailable',
        message: expect.stringMatching(/acme\/missing:1 cannot be had: .*manifest .*not found/),
      })
      docker.setDown(true)
      onTestFinished(() => docker.setDown(false))
      const down = await run({})
      expect(down.failure).toMatchObject({
        code: 'executor_image_unavailable',
        message: expect.stringMatching(/No Docker engine answers .*Cannot connect/),
      })
    })

    test('to pull no longer than the deployment wants it', async () => {
      offer({ executorImage: { reference: 'acme/slow:1', credentials: null } })
      await until(() => plane.text('Setup').includes('Pulling'))
      plane.cancel()
      expect(await plane.finished()).toMatchObject({ failure: { code: 'cancelled' } })
    })

    test('to remove what dead runners of this machine left, and nothing else', async () => {
      const folder = join(docker.state, 'containers')
      const put = (name: string, host: string, workFolder: string): void => {
        const labels = { 'dev.daypass.host': host, 'dev.daypass.work-folder': workFolder }
        const id = Buffer.from(name.padEnd(32)).toString('hex')
        writeFileSync(join(folder, name), JSON.stringify({ id, name, labels, init: 2 ** 22 }))
      }
      put('dead', hostname(), `${work}/daypass-runner-gone`)
      put('alive', hostname(), work)
      put('elsewhere', 'another-machine', `${work}/daypass-runner-gone`)
      await restart()
      expect(runner.said()).toContain('Removed 1 container(s) of runners that were killed.')
      expect(readdirSync(folder).sort()).toEqual(['alive', 'elsewhere'])
    })

    test('for every job, with --launcher docker, and with the limits that were set', async () => {
      const flags = ['--job-memory-megabytes', '512', '--job-cpus', '0.5', '--job-processes', '100']
      await restart(
        '--launcher',
        'docker',
        '--docker-image',
        'acme/default:1',
        '--docker-pull',
        'missing',
        ...flags,
      )
      onTestFinished(() => restart())
      const from = before()
      await commands(['true'], { executorImage: null })
      const calls = docker.calls().slice(from)
      expect(calls.map(({ argv }) => argv)).toContainEqual(['pull', '--quiet', 'acme/default:1'])
      const argv = calls.find(({ argv: [command] }) => command === 'run')?.argv.join(' ')
      expect(argv).toContain('--memory 512m --memory-swap 512m --cpus 0.5 --pids-limit 100')
      const again = before()
      await commands(['true'], { executorImage: null })
      expect(
        docker
          .calls()
          .slice(again)
          .map(({ argv: [command] }) => command),
      ).not.toContain('pull')
    })

    test('not at all for a server that a container could not reach', async () => {
      await restart('--docker-network', 'bridge')
      onTestFinished(() => restart())
      const from = before()
      const { failure } = await run({})
      expect(failure).toMatchObject({
        code: 'executor_image_unavailable',
        message: expect.stringMatching(/the container itself.*--docker-network host/),
      })
      expect(docker.calls().slice(from)).toEqual([])
    })

    test('for a relay of its own, whose network only the steps with credentials share', async (context) => {
      if (process.getuid?.() !== 0) return context.skip('the stand-in joins a network as root only')
      await restart('--docker-network', 'bridge')
      onTestFinished(() => restart())
      writeFileSync(join(docker.state, 'image/Pulumi.yaml'), YAML)
      onTestFinished(() => rmSync(join(docker.state, 'image/Pulumi.yaml')))
      const from = before()
      const ask =
        'curl -s -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL"'
      const shown = await commands([`${ask} | cut -c1-24; ls -A /opt/daypass/*/`], {
        source: null,
        backendUrl: 'file:///home/job',
        identity: jobIdentity(),
      })
      expect(shown).toMatch(/^\{"value":"ey/m)
      expect(shown).not.toMatch(/relay\.mjs|ld-linux|door/)
      const runs = docker
        .calls()
        .slice(from)
        .map(({ argv }) => argv.join(' '))
        .filter((one) => one.startsWith('run '))
      const relays = runs.filter((one) => one.includes('relay.mjs'))
      expect(relays).toHaveLength(1)
      const [, name] = /--name (\S+)/.exec(relays[0] ?? '') ?? []
      expect(relays[0]).toContain('--network bridge')
      expect(relays[0]).toContain('--cap-drop ALL')
      expect(relays[0]).toContain('--memory 256m')
      const sharing = runs.filter((one) => one.includes(`--network container:${name} `))
      expect(sharing.length).toBeGreaterThanOrEqual(1)
      for (const one of sharing) expect(one).toContain('TINI_KILL_PROCESS_GROUP')
      expect(JSON.stringify(docker.calls().slice(from))).not.toMatch(/dpr-[0-9a-f]{40}/)
      await expect.poll(() => readdirSync(join(docker.state, 'containers'))).not.toContain(name)
    })

    test('not at all where images are ignored', async () => {
      await restart('--ignore-executor-images')
      onTestFinished(() => restart())
      await commands(['true'])
      expect(plane.text('Setup')).toContain('--ignore-executor-images')
      expect(plane.text('Setup')).not.toContain('container')
    })
  })

  test('a runner without docker refuses a stack that needs an image, before anything runs', async () => {
    await restart('--docker', '/nonexistent/docker')
    onTestFinished(() => restart())
    const { failure } = await run({})
    expect(failure?.message).toMatch(/No Docker engine answers on the runner's machine/)
    expect(plane.steps.map(({ name }) => name)).toEqual(['Setup'])
  })
})
