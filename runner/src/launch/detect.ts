/**
 * Which launcher this machine can carry, proven by running a step in it before the first job is claimed.
 */
import { accessSync, constants } from 'node:fs'
import { bubblewrapLauncher, type SandboxOptions } from './bubblewrap.ts'
import type { Job, Launcher, StepExit } from './launcher.ts'
import { plainLauncher } from './plain.ts'
import type { Tools } from './tools.ts'
import { unshareLauncher } from './unshare.ts'

export const LAUNCHER_CHOICES = ['auto', 'bubblewrap', 'unshare', 'docker', 'plain'] as const
export type LauncherChoice = (typeof LAUNCHER_CHOICES)[number]

export interface DetectOptions {
  readonly choice: Exclude<LauncherChoice, 'docker'>
  readonly sandbox: SandboxOptions
  readonly tools: Tools
  readonly searchPath: string
  /** A job to try with; its folder is made and removed by the caller. */
  readonly trial: Job
}

export type Detected =
  | { readonly ok: true; readonly launcher: Launcher }
  | { readonly ok: false; readonly sentence: string }

/** Where a system keeps such programs; PATH is not asked, because it may name folders that others can write. */
const PROGRAM_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']

const CANARY = 'it works'

export async function detectLauncher(options: DetectOptions): Promise<Detected> {
  if (options.choice === 'plain') {
    return { ok: true, launcher: plainLauncher(options.tools, options.searchPath) }
  }
  const candidates = [bubblewrap(options.sandbox), unshare(options.sandbox)].filter(
    ({ name }) => options.choice === 'auto' || options.choice === name,
  )
  const reasons: string[] = []
  for (const { name, launcher, missing } of candidates) {
    const reason = launcher ? await tryOut(launcher, options.trial) : `${missing} is not installed`
    if (launcher && reason === undefined) return { ok: true, launcher }
    reasons.push(`${name}: ${reason}`)
  }
  return {
    ok: false,
    sentence:
      `No launcher can isolate jobs on this machine (${reasons.join('; ')}). Install bubblewrap (package "bubblewrap"), ` +
      'allow user namespaces, or run the runner as root; --launcher plain runs jobs without isolation, with all that the runner can read.',
  }
}

interface Candidate {
  readonly name: string
  readonly launcher: Launcher | undefined
  readonly missing: string
}

function bubblewrap(sandbox: SandboxOptions): Candidate {
  const bwrap = find('bwrap')
  const setpriv = find('setpriv')
  const complete = bwrap && (setpriv || !sandbox.asRoot)
  return {
    name: 'bubblewrap',
    launcher: complete ? bubblewrapLauncher(bwrap, sandbox) : undefined,
    missing: bwrap ? 'setpriv' : 'bwrap',
  }
}

function unshare(sandbox: SandboxOptions): Candidate {
  const unshareProgram = find('unshare')
  const setpriv = find('setpriv')
  return {
    name: 'unshare',
    launcher:
      unshareProgram && setpriv ? unshareLauncher({ unshare: unshareProgram, setpriv }, sandbox) : undefined,
    missing: unshareProgram ? 'setpriv' : 'unshare',
  }
}

/**
 * A step that asks the questions that matter: does it run Node.js, is /proc its own, is it without privileges?
 * @returns why not, or undefined when the launcher works.
 */
async function tryOut(launcher: Launcher, job: Job): Promise<string | undefined> {
  const paths = launcher.paths(job.folder)
  const step = launcher.run(job, {
    argv: ['/bin/sh', '-c', TRIAL_SCRIPT, 'sh', paths.pulumi],
    env: { PATH: paths.searchPath, DAYPASS_TRIAL: CANARY },
    cwd: paths.source,
  })
  const timer = setTimeout(() => step.kill(), 20_000)
  const output = await readAll(step.output)
  const { exit } = await step.ended
  clearTimeout(timer)
  const succeeded = exit.kind === 'exited' && exit.exitCode === 0 && output.trim() === CANARY
  return succeeded ? undefined : lastLine(output) || describe(exit)
}

const TRIAL_SCRIPT = `
test -x "$1" || { echo "the job's user cannot run the Pulumi CLI; make its folder readable for all"; exit 1; }
node --version >/dev/null || { echo "the job's user cannot run Node.js; make its folder readable for all"; exit 1; }
grep -q '^CapEff:.0*$' /proc/self/status || { echo "a job would keep privileges"; exit 1; }
test "$(id -u)" != 0 || { echo "a job would be root"; exit 1; }
printf '%s\\n' "$DAYPASS_TRIAL"
`

async function readAll(output: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of output) if (text.length < 10_000) text += chunk.toString('utf8')
  return text
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? ''
}

function describe(exit: StepExit): string {
  switch (exit.kind) {
    case 'exited':
      return `the trial ended with exit code ${exit.exitCode}`
    case 'signalled':
      return `the trial was ended by ${exit.signal}`
    case 'not_started':
      return exit.reason
  }
}

/** Where a system keeps it; undefined when it is not installed. */
export function find(name: string): string | undefined {
  return PROGRAM_FOLDERS.map((folder) => `${folder}/${name}`).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
