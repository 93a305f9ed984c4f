// `npm run check`: everything that a program can say about the source, one line each. The tests are `npm test`.
import { spawn } from 'node:child_process'
import { checkBoundaries } from './boundaries.ts'
import { cliDrift } from './cli-drift.ts'
import { contractDrift } from './contract-drift.ts'
import { checkDocs } from './docs-check.ts'
import { routeRulesDrift } from './route-rules.ts'
import { schemaDrift } from './schema-drift.ts'
import { showProgress } from './setup/progress.mjs'

interface Finding {
  readonly ok: boolean
  /** After the name, on one line. */
  readonly summary: string
  /** What to repair, shown when it is not ok. */
  readonly details: string
}

const root = process.cwd()

/** In this order; the quick ones that fail most often first. */
const CHECKS: Readonly<Record<string, () => Promise<Finding>>> = {
  types: () => runProgram('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.json', '--pretty', 'false']),
  'types of the console': consoleTypes,
  'lint and format': () =>
    runProgram('node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings']),
  boundaries: async () => {
    const { violations, sizes } = checkBoundaries(root)
    return { ok: violations.length === 0, summary: sizes, details: violations.join('\n') }
  },
  'links and commands of the documentation': async () => {
    const { violations, sizes } = checkDocs(root)
    return { ok: violations.length === 0, summary: sizes, details: violations.join('\n') }
  },
  'schema drift': async () => drift(await schemaDrift(root)),
  'contract drift': async () => drift(await contractDrift(root)),
  'command reference drift': async () => drift(await cliDrift(root)),
  'route rules': async () => drift(await routeRulesDrift()),
}

/** The console is a browser's program, with types of its own; those of the API are made from our description. */
async function consoleTypes(): Promise<Finding> {
  const made = await runProgram('console/node_modules/openapi-typescript/bin/cli.js', [
    'contract/openapi.json',
    '--output',
    'console/src/api/schema.d.ts',
    '--root-types',
  ])
  return made.ok
    ? runProgram('node_modules/typescript/bin/tsc', ['-p', 'console', '--pretty', 'false'])
    : made
}

/** Programs of npm packages are JavaScript; they run on the Node that runs us. */
function runProgram(program: string, args: readonly string[]): Promise<Finding> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (text: string): void => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', reject)
    child.on('close', (code) => resolve({ ok: code === 0, summary: '', details: output.trim() }))
  })
}

function drift(sentence: string | undefined): Finding {
  return { ok: sentence === undefined, summary: '', details: sentence ?? '' }
}

async function findingOf(check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await check()
  } catch (error) {
    return {
      ok: false,
      summary: '',
      details: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  }
}

const failed: string[] = []
for (const [name, check] of Object.entries(CHECKS)) {
  const progress = showProgress(`Checking ${name}`)
  const { ok, summary, details } = await findingOf(check)
  progress.stop()
  console.log(`${name}: ${ok ? 'ok' : 'FAILED'}${summary === '' ? '' : ` (${summary})`}`)
  if (!ok) {
    console.log(details.replace(/^/gm, '  '))
    failed.push(name)
  }
}
if (failed.length > 0) {
  console.log(`\nNot clean: ${failed.join(', ')}. \`npm run fix\` repairs what a program can.`)
  process.exitCode = 1
}
