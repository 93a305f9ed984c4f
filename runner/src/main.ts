/**
 * The runner's process: reads its command line and environment, wires the parts, and stops cleanly.
 *
 * Owns: exit codes (0 stopped as told, 1 cannot run here, 2 wrong command line), signals, and the runner's log, one
 * sentence a line on standard error. Everything else is in the parts.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { claimUntilStopped } from './claim-loop.ts'
import { connect, oneToken } from './control-plane.ts'
import { openDependencyCache } from './dependency-cache.ts'
import { pollUntilStopped } from './git-poll/poll-loop.ts'
import type { Launcher } from './launch/launcher.ts'
import { chooseLauncher } from './launch/launchers.ts'
import {
  authorityFiles,
  authorityVariables,
  CA_INSIDE,
  proxySecrets,
  proxyVariables,
  trustAuthorities,
  useProxy,
  usesProxy,
} from './network.ts'
import { exchangedTokens } from './oidc-login.ts'
import { isLoopback, parseOptions, type RunnerOptions } from './options.ts'
import { HELP } from './options-help.ts'
import { backoff } from './pause.ts'
import { readPoolToken } from './pool-token.ts'
import { prepareLaunchers } from './prepare-launchers.ts'
import { printable } from './printable.ts'
import { jobUsers } from './sandbox.ts'
import { fetchThroughSocket } from './socket-fetch.ts'
import { openWorkFolder } from './work-folder.ts'

const LONGEST_PAUSE_BETWEEN_CLAIMS_MS = 10_000
const LONGEST_PAUSE_IN_JOB_MS = 2_000
const LONGEST_HOSTNAME = 255
const REPOSITORY = join(import.meta.dirname, '../..')

async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2))
  if (parsed.kind === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  if (parsed.kind === 'wrong') {
    say(parsed.sentence)
    say('See --help.')
    return 2
  }
  const { options } = parsed
  const given = 'idTokenFile' in options.poolToken ? undefined : readPoolToken(options.poolToken)
  if (given?.ok === false) return refuse(given.sentence)
  const { sshKnownHostsFile } = options
  const sshKnownHosts = sshKnownHostsFile === undefined ? undefined : readKnownHosts(sshKnownHostsFile)
  if (sshKnownHostsFile !== undefined && sshKnownHosts === undefined)
    return refuse(`--ssh-known-hosts ${sshKnownHostsFile} cannot be read, or names no host.`)
  closeInherited()

  const proxy = proxyVariables(process.env, loopbackHosts(options))
  useProxy(proxy)
  const work = await openWorkFolder({ base: options.workFolder, temp: tmpdir() })
  if (!work.ok) return refuse(work.sentence)
  if (work.removedStale > 0)
    say(`Removed what ${work.removedStale} runner(s) that were killed had left behind.`)
  try {
    const self = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
    // One more, for the remotes that it looks at.
    const users = jobUsers(options.jobs + 1, { ...self, pid: process.pid })
    const caFile = options.caFile ?? process.env['NODE_EXTRA_CA_CERTS']
    const trusted = caFile === undefined ? undefined : trustAuthorities(caFile, work.folder.path)
    if (trusted && !trusted.ok) return refuse(trusted.sentence)
    const prepared = await prepareLaunchers({
      options,
      workFolder: work.folder,
      searchPath: process.env['PATH'] ?? '',
      pulumi: options.pulumi ?? process.env['DAYPASS_PULUMI'],
      node: process.execPath,
      hidden: [REPOSITORY],
      asRoot: self.uid === 0,
      users,
      files: trusted ? authorityFiles(trusted.authorities) : [],
      dockerHost: process.env['DOCKER_HOST'],
      hostname: hostname(),
      randomUuid: randomUUID,
      say,
    })
    if (!prepared.ok) return refuse(prepared.sentence)
    const { launchers } = prepared
    if (launchers.own?.isolates === false) {
      say(
        'WARNING: --launcher plain: jobs run WITHOUT ISOLATION and can read the pool token and everything else of this user.',
      )
    }
    const { cacheFolder, cacheMegabytes } = options
    const dependencyCache =
      cacheFolder === undefined
        ? undefined
        : await openDependencyCache({
            folder: cacheFolder,
            mostBytes: cacheMegabytes * 1_000_000,
            now: () => new Date(),
          })
    const launcherName = launchers.own?.name ?? 'docker'
    const stopping = stopSignals(options)
    const { serverSocket } = options
    const ask = serverSocket === undefined ? fetch : fetchThroughSocket(serverSocket)
    const poolTokens =
      given?.ok === true ? oneToken(given.token) : exchangedTokens(options, ask, () => new Date())
    const plane = connect(options.server, poolTokens, ask)
    say(
      `Runner ${options.name} waits for deployments of ${options.server.href} (${launcherName}, ${options.jobs} at once).`,
    )
    const random = Math.random
    const settings = {
      runnerName: options.name,
      runnerVersion: version(),
      allowInsecureGit: options.allowInsecureGit,
      cloudUrls: options.cloudUrls,
      gitTimeoutSeconds: options.gitTimeoutSeconds,
      sshKnownHosts,
      forwardedSecrets: proxySecrets(proxy),
      usesProxy: usesProxy(proxy),
    }
    const environmentOf = ({ isolates }: Pick<Launcher, 'isolates'>) => ({
      ...proxy,
      ...(trusted && authorityVariables(isolates ? CA_INSIDE : trusted.authorities)),
      ...forwarded(options.forwardEnv),
    })
    const resolveHost = async (host: string) =>
      (await lookup(host, { all: true })).map(({ address }) => address)
    const polling = pollUntilStopped({
      plane,
      runnerName: options.name,
      look: async (poll, until) => {
        const { lookAtRemote } = await import('./git-poll/look.ts')
        const here = { executorImage: null, backendUrl: options.server.href }
        const { launcher } = chooseLauncher(launchers, here)
        const look = {
          launcher,
          workFolder: work.folder,
          user: (launcher.isolates ? users[options.jobs] : undefined) ?? self,
          settings: { ...settings, forwardedEnvironment: environmentOf(launcher) },
          services: { resolveHost },
        }
        return lookAtRemote(look, poll, until)
      },
      say,
      pause: backoff(LONGEST_PAUSE_BETWEEN_CLAIMS_MS, random),
      stop: stopping.claiming,
    })
    const refusal = await claimUntilStopped({
      plane,
      serverUrl: options.server.href,
      introduction: {
        runnerName: options.name,
        runnerVersion: version(),
        launcher: launcherName,
        platform: `${process.platform}-${process.arch}`,
        hostname: hostname().slice(0, LONGEST_HOSTNAME),
        pid: process.pid,
      },
      slots: options.jobs,
      say,
      pause: backoff(LONGEST_PAUSE_BETWEEN_CLAIMS_MS, random),
      stop: stopping.claiming,
      runJob: async (claim, slot) => {
        // Loaded by the first job: an idle runner need not keep it in memory.
        const { runDeployment } = await import('./job/run-deployment.ts')
        const { launcher, refusal: notHere } = chooseLauncher(launchers, claim.job)
        await runDeployment(
          {
            plane,
            launcher,
            refusal: notHere,
            dependencyCache,
            workFolder: work.folder,
            user: (launcher.isolates ? users[slot] : undefined) ?? self,
            settings: { ...settings, forwardedEnvironment: environmentOf(launcher) },
            services: {
              fetch,
              pause: backoff(LONGEST_PAUSE_IN_JOB_MS, random),
              now: () => new Date(),
              clock: () => performance.now(),
              randomBytes,
              resolveHost,
            },
            say,
            runnerStop: stopping.jobs,
            graceSeconds: options.graceSeconds,
          },
          claim,
        )
      },
    })
    if (refusal) return refuse(refusal)
    await polling
    say('Stopped.')
    return 0
  } finally {
    if (!(await work.folder.close())) say(`The folder ${work.folder.path} could not be removed; remove it.`)
  }
}

/**
 * The first SIGTERM or SIGINT stops claiming and, after the time to drain, asks running jobs to stop and to save
 * their state. The second one asks them at once; the third ends the runner, and with it every job.
 */
function stopSignals({ drainSeconds }: RunnerOptions): { claiming: AbortSignal; jobs: AbortSignal } {
  const claiming = new AbortController()
  const jobs = new AbortController()
  let received = 0
  const onSignal = (): void => {
    received += 1
    if (received === 1) {
      say('Stopping: no new deployment is taken; running ones are brought to an end.')
      claiming.abort()
      if (drainSeconds === 0) jobs.abort()
      else setTimeout(() => jobs.abort(), drainSeconds * 1000).unref()
    } else if (received === 2) jobs.abort()
    else process.exit(1)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  // Started together with a server: whoever started both is gone.
  process.once('disconnect', onSignal)
  return { claiming: claiming.signal, jobs: jobs.signal }
}

/** 127.0.0.2 is this machine too. */
function loopbackHosts({ server, cloudUrls }: RunnerOptions): readonly string[] {
  return [server.href, ...Object.values(cloudUrls)]
    .filter((url) => url !== undefined)
    .map((url) => new URL(url).hostname)
    .filter(isLoopback)
}

/**
 * Closes descriptors that whoever started the runner left open and that a job would inherit. Node's own, and those
 * of this process, are marked to be closed when a program is started.
 */
function closeInherited(): void {
  if (!existsSync('/proc/self/fdinfo')) return
  const CLOSE_ON_EXEC = 0o2000000
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name)
    if (descriptor <= 2) continue
    try {
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))?.[1]
      if (flags && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0) closeSync(descriptor)
    } catch {
      // The descriptor of the listing itself is closed by now.
    }
  }
}

function forwarded(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Read once, so that no job can meet half of a file that is being written. */
function readKnownHosts(file: string): string | undefined {
  try {
    const content = readFileSync(file, 'utf8')
    return /^[ \t]*[^#\s]/m.test(content) ? content : undefined
  } catch {
    return undefined
  }
}

function version(): string {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function say(sentence: string): void {
  process.stderr.write(`${new Date().toISOString()} ${printable(sentence)}\n`)
}

function refuse(sentence: string): number {
  say(sentence)
  return 1
}

process.exit(await main())
