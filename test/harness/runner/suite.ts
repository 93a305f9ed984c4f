/**
 * What the tests of the runner's process share: a fake control plane, a real Git host and the runner as it is
 * shipped, once for each launcher and each user that this machine allows.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FinishReport, GitSource, JobSpec } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type FakePlane, gitSource, jobSpec, startFakePlane } from '../../../runner/harness/fake-plane.ts'
import { type GitHost, startGitHost } from './git-host.ts'
import {
  type Combination,
  combinations,
  findPulumiFolder,
  pulumiForEverybody,
  type RunnerProcess,
  startRunner,
} from './runner-process.ts'

export const YAML =
  'name: web\nruntime: yaml\nresources:\n  stash:\n    type: pulumi:index:Stash\n    properties:\n      input: hello\noutputs:\n  answer: ${stash.output}\n'
/** In the environment of every runner that a suite starts. */
export const HIDDEN = 'canary-that-no-job-may-meet'

export const withFileBackend: Partial<JobSpec> = {
  organization: 'organization',
  backendUrl: 'file:///home/job',
  environment: [{ name: 'PULUMI_CONFIG_PASSPHRASE', value: 'a passphrase', secret: true }],
}
export const INIT_STACK = 'pulumi stack init organization/web/dev'

export interface RunnerMore {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface RunnerSuite {
  readonly plane: FakePlane
  readonly git: GitHost
  runner: RunnerProcess
  /** Another runner like the suite's, with more flags. */
  start(...more: (string | RunnerMore)[]): Promise<RunnerProcess>
  /** Which every runner of the suite is started with. */
  flags(): readonly string[]
  source(changes?: Partial<GitSource>): GitSource
  run(changes: Partial<JobSpec>): Promise<FinishReport>
  /** Runs the commands; one more ends the job, so that pulumi is never reached. Returns what the first printed. */
  commands(preRunCommands: string[], changes?: Partial<JobSpec>): Promise<string>
  /** What a pre-run command printed, without the line that shows the command itself. */
  said(command: number): string
  /** Folders of runners in the suite's work folder. */
  runnerFolders(): string[]
}

/** @param which `ends`: the first and the last combination, which differ in both; for what depends little on either. */
export function describeRunners(tests: (suite: RunnerSuite) => void, which: 'all' | 'ends' = 'all'): void {
  const { possible: all, impossible } = combinations()
  const possible = which === 'all' ? all : all.filter((_, index) => index === 0 || index === all.length - 1)
  const pulumiFolder = findPulumiFolder()
  for (const reason of impossible) console.warn(`Not tested: ${reason}`)
  if (!pulumiFolder)
    console.warn('Not tested: the runner, because there is no Pulumi CLI (DAYPASS_PULUMI or PATH)')
  describe.skipIf(!pulumiFolder).each(possible)('$launcher as $user', (combination) => {
    tests(prepare(combination, pulumiFolder ?? ''))
  })
}

function prepare({ launcher, user }: Combination, pulumiFolder: string): RunnerSuite {
  let pulumi: ReturnType<typeof pulumiForEverybody>
  let work: string
  let given: readonly string[] = []

  const suite: RunnerSuite = {
    // Made in beforeAll, before any test looks.
    plane: undefined as unknown as FakePlane,
    git: undefined as unknown as GitHost,
    runner: undefined as unknown as RunnerProcess,
    async start(...more) {
      const args = more.flatMap((one) => (typeof one === 'string' ? [one] : one.args))
      const env = Object.assign({}, ...more.map((one) => (typeof one === 'string' ? {} : one.env)))
      const started = await startRunner({
        server: suite.plane.url,
        user,
        args: [...suite.flags(), '--grace-seconds', '2', ...args],
        env: { DAYPASS_CANARY: HIDDEN, ...env },
      })
      await started.waitFor(/waits for deployments/)
      return started
    },
    flags: () => ['--launcher', launcher, '--pulumi', pulumi.folder, '--work-folder', work],
    source: (changes = {}) => ({
      ...gitSource(`${suite.git.url}/app.git`),
      ...changes,
    }),
    run(changes) {
      suite.plane.offer(jobSpec({ source: suite.source(), ...changes }))
      return suite.plane.finished()
    },
    async commands(preRunCommands, changes = {}) {
      given = preRunCommands
      const result = await suite.run({ preRunCommands: [...preRunCommands, 'exit 42'], ...changes })
      expect(result.failure?.message, suite.plane.allText()).toMatch(/"exit 42" ended with exit code 42/)
      return suite.said(1)
    },
    said: (command) =>
      suite.plane.text(`Pre-run command ${command}`).replace(`$ ${given[command - 1]}\n`, ''),
    runnerFolders: () => readdirSync(work).map((name) => join(work, name)),
  }

  beforeAll(async () => {
    const [plane, git] = await Promise.all([startFakePlane(), startGitHost()])
    pulumi = pulumiForEverybody(pulumiFolder)
    git.create('app', { 'Pulumi.yaml': YAML, 'infra/Pulumi.yaml': YAML, 'README.md': 'Hello' })
    work = mkdtempSync('/dev/shm/daypass-test-')
    chmodSync(work, 0o777)
    Object.assign(suite, { plane, git })
    suite.runner = await suite.start()
  })
  afterAll(async () => {
    await suite.runner?.stop('SIGKILL')
    rmSync(work, { recursive: true, force: true })
    pulumi.remove()
    await suite.git.close()
    await suite.plane.close()
  })
  return suite
}

/** Processes of this machine with the text in their command lines (NUL between arguments). */
export function processesWith(text: string): string[] {
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

export async function until(holds: () => boolean, seconds = 15): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !holds(); ) {
    if (Date.now() > end) throw new Error(`It did not come about within ${seconds} s.`)
    await sleep(10)
  }
}
