/** The local clouds as a program: `node local-clouds/src/main.ts --config accounts.json --port 4300`. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parseJsonOnce } from '@daypass/trust/json.ts'
import { readLocalAwsConfig } from './aws/config.ts'
import { startLocalAws } from './aws/local-aws.ts'

const USAGE = 'Usage: main.ts --config <file.json> [--port <number>]'

function stop(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(2)
}

function readFlags(): { readonly config: string; readonly port: number } {
  try {
    const { values } = parseArgs({
      options: { config: { type: 'string' }, port: { type: 'string', default: '0' } },
    })
    const port = Number(values.port)
    if (values.config === undefined) stop(`--config is missing. ${USAGE}`)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) stop(`--port must be 0 to 65535. ${USAGE}`)
    return { config: values.config, port }
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : 'The flags are wrong'}. ${USAGE}`)
  }
}

function readConfig(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return stop(`The configuration ${file} cannot be read.`)
  }
  const read = parseJsonOnce(text)
  if (read.ok) return read.value
  return stop(
    read.problem === 'not_json'
      ? `The configuration ${file} is not valid JSON.`
      : `The configuration ${file} says ${read.path} twice.`,
  )
}

const flags = readFlags()
const read = readLocalAwsConfig(readConfig(flags.config))
if (!read.ok) stop(`The configuration ${flags.config} is wrong at ${read.path}: ${read.sentence}`)
const aws = await startLocalAws({
  config: read.config,
  port: flags.port,
  now: () => new Date(),
  fetch: globalThis.fetch,
  randomBytes,
  log: (line) => process.stderr.write(`${line}\n`),
}).catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return stop(`Port ${flags.port} of 127.0.0.1 cannot be listened on${code}; choose another with --port.`)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void aws.close().then(() => process.exit(0)))
}
process.stdout.write(`Local AWS listening on ${aws.url}\n`)
