#!/usr/bin/env node
/** Runs the benchmarks: each beside what a user would pick instead, a line of result each. See `--help`. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { type Bench, type BenchOptions, type Verdict, verdictLine } from './src/bench.ts'
import { ABOUT_CONSOLE } from './src/console/about.ts'
import { ABOUT_DEPLOYMENT } from './src/deployment/about.ts'
import { ABOUT_GIT_PUSH } from './src/git-push/about.ts'
import { ABOUT_GIT_RULES } from './src/git-rules/about.ts'
import { ABOUT_ISSUER } from './src/issuer/about.ts'
import { describeMachine } from './src/machine.ts'
import { ABOUT_QUEUE } from './src/queue/about.ts'
import { ABOUT_REDACTION } from './src/redaction/about.ts'
import { type ReportedBench, reportText } from './src/report.ts'
import { ABOUT_STATE } from './src/state/about.ts'

interface KnownBench {
  readonly says: string
  readonly about: string
  readonly load: () => Promise<Bench>
}

const BENCHES: Readonly<Record<string, KnownBench>> = {
  issuer: {
    says: 'tokens a second through HTTP, beside oidc-provider and beside bare signing',
    about: ABOUT_ISSUER,
    load: async () => (await import('./src/issuer/issuer.ts')).benchIssuer,
  },
  deployment: {
    says: 'a whole deployment beside the same by hand, trigger to claimed, and what an idle installation uses',
    about: ABOUT_DEPLOYMENT,
    load: async () => (await import('./src/deployment/deployment.ts')).benchDeployment,
  },
  queue: {
    says: 'claims of 200 runners, triggers, a long history and followed logs, beside a queue for programs',
    about: ABOUT_QUEUE,
    load: async () => (await import('./src/queue/queue.ts')).benchQueue,
  },
  redaction: {
    says: 'megabytes a second searched for secrets, beside one regular expression of them all',
    about: ABOUT_REDACTION,
    load: async () => (await import('./src/redaction/redaction.ts')).benchRedaction,
  },
  'git-push': {
    says: 'from a git host’s webhook to the claim of its deployment, 20 pushes a second',
    about: ABOUT_GIT_PUSH,
    load: async () => (await import('./src/git-push/git-push.ts')).benchGitPush,
  },
  'git-rules': {
    says: 'processor time to decide a push of 300 files for 500 stacks, beside picomatch',
    about: ABOUT_GIT_RULES,
    load: async () => (await import('./src/git-rules/git-rules.ts')).benchGitRules,
  },
  console: {
    says: 'what a browser loads, how soon it can be used, 10,000 stacks, and how late a line of a log is',
    about: ABOUT_CONSOLE,
    load: async () => (await import('./src/console/console.ts')).benchConsole,
  },
  state: {
    says: 'up, preview and destroy beside the CLI with files, appends to a journal, memory, and lists',
    about: ABOUT_STATE,
    load: async () => (await import('./src/state/state.ts')).benchState,
  },
}

const HELP = `Usage: npm run bench [-- <name>… [options]]

${Object.entries(BENCHES)
  .map(([name, { says }]) => `  ${name.padEnd(12)}${says}`)
  .join('\n')}

Without a name, all of them run, one after the other. A line of result reads
  bench <name>: <ours> vs <peer> = <ratio> (goal <goal>) ok|short
The exit code is 0 when all benchmarks ran, also when one is short of its goal. Let nothing else run meanwhile.

  --rounds <n>    issuer, queue, redaction, git-push, git-rules, state: how often each contender runs, in turn with the others (8; queue: 3, state: 5 at most)
  --seconds <n>   issuer, git-push: how long it runs each time (2)
  --write <file>  writes the lines and what they were measured on into this page (docs/performance.md), at the end;
                  what the page says of other benchmarks stays
  --help          this text
`

/** Wrongly called: the sentence is all that the caller needs. */
class UsageError extends Error {}

async function main(args: readonly string[]): Promise<void> {
  const { names, help, rounds, seconds, write } = readArguments(args)
  if (help) {
    process.stdout.write(HELP)
    return
  }
  const pulumi = process.env['DAYPASS_PULUMI']
  const machine = write === undefined ? [] : await describeMachine(new Date(), pulumi)
  const reported: ReportedBench[] = []
  for (const name of names) {
    const options: BenchOptions = {
      rounds,
      seconds,
      pulumi,
      environment: process.env,
      progress: (text) => process.stderr.write(`${name}: ${text}\n`),
    }
    const known = BENCHES[name]
    if (known === undefined) continue
    const verdicts: Verdict[] = []
    for await (const verdict of (await known.load())(options)) {
      process.stdout.write(`${verdictLine(verdict)}\n`)
      verdicts.push(verdict)
    }
    reported.push({ name, about: known.about, verdicts })
  }
  if (write === undefined) return
  const before = await readFile(write, 'utf8').catch(undefinedIfMissing)
  const run = { command: commandOf(args), machine, benches: reported, names: Object.keys(BENCHES), before }
  await writeFile(write, reportText(run))
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function commandOf(args: readonly string[]): string {
  return ['npm run bench --', ...args].join(' ')
}

function readArguments(args: readonly string[]) {
  const { values, positionals } = parse(args)
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name))
  if (unknown !== undefined) throw new UsageError(`There is no benchmark "${unknown}".`)
  if (values.write !== undefined && !existsSync(dirname(values.write))) {
    throw new UsageError(`There is no folder ${dirname(values.write)} to write to.`)
  }
  return {
    names: positionals.length > 0 ? positionals : Object.keys(BENCHES),
    help: values.help,
    rounds: countFrom('--rounds', values.rounds),
    seconds: countFrom('--seconds', values.seconds),
    write: values.write,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '8' },
        seconds: { type: 'string', default: '2' },
        write: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function countFrom(option: string, text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count
  throw new UsageError(`${option} takes a whole number from 1 to 1000, not "${text}".`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

try {
  await main(process.argv.slice(2))
} catch (error) {
  const wrongly = error instanceof UsageError
  process.stderr.write(
    wrongly ? `${error.message} See --help.\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exitCode = wrongly ? 2 : 1
}
