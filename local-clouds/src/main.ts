/** The local clouds as a program: `npm run local-clouds -- --config clouds.json --port 4300`. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseJsonOnce } from '@daypass/trust/json.ts'
import { makeCertificate } from './cloud/certificate.ts'
import { readLocalCloudsConfig, startLocalClouds } from './local-clouds.ts'

const HELP = `Strict local clouds on 127.0.0.1: they fetch an issuer's keys and decide by your trust, as AWS, Azure and Google Cloud do.

Usage: npm run local-clouds -- --config <file.json> [options]

  --config <file>   {"aws": {"accounts": …}, "azure": {"tenants": …}, "google": {"providers": …, "serviceAccounts": …}}
                    (each may be left out; what stands in them: docs/local-clouds.md)
  --port <number>   Of AWS; Azure and Google Cloud take the two after it (default: any that are free)
  --ca-file <file>  Where the certificate of the local Azure is written, for clients to trust; new with each start
                    (default: local-clouds-ca.pem beside the configuration)
  --help            Shows this
`

function stop(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(2)
}

function readFlags(): { readonly config: string; readonly port: number; readonly caFile: string } {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        port: { type: 'string', default: '0' },
        'ca-file': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      process.exit(0)
    }
    const port = Number(values.port)
    if (values.config === undefined) stop('--config is missing. See --help.')
    if (!Number.isInteger(port) || port < 0 || port > 65_533)
      stop('--port must be 0 to 65533, for two more follow it. See --help.')
    const caFile = values['ca-file'] ?? join(dirname(values.config), 'local-clouds-ca.pem')
    return { config: values.config, port, caFile }
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : 'The flags are wrong'}. See --help.`)
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
const read = readLocalCloudsConfig(readConfig(flags.config))
if (!read.ok) stop(`The configuration ${flags.config} is wrong at ${read.path}: ${read.sentence}`)
const azureTls = read.config.azure && (await makeCertificate())
if (azureTls) {
  try {
    writeFileSync(flags.caFile, `${azureTls.cert.trimEnd()}\n`)
  } catch {
    stop(`The certificate cannot be written to ${flags.caFile}; choose another place with --ca-file.`)
  }
}
const clouds = await startLocalClouds({
  config: read.config,
  port: flags.port,
  ...(azureTls && { azureTls }),
  now: () => new Date(),
  fetch: globalThis.fetch,
  randomBytes,
  log: (line) => process.stderr.write(`${line}\n`),
}).catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return stop(
    `Port ${flags.port} of 127.0.0.1, or one of the two after it, cannot be listened on${code}; choose another with --port.`,
  )
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void clouds.close().then(() => process.exit(0)))
}
const { aws, azure, google } = clouds.urls
if (aws !== undefined) process.stdout.write(`Local AWS listening on ${aws}\n`)
if (azure !== undefined) process.stdout.write(`Local Azure listening on ${azure}\n`)
if (google !== undefined) process.stdout.write(`Local Google Cloud listening on ${google}\n`)
const trust = azure === undefined ? [] : ['--ca-file', flags.caFile]
process.stdout.write(`Start Daypass with: ${[...clouds.runnerFlags, ...trust].join(' ')}\n`)
