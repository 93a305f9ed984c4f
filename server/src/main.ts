/** The control plane's process: reads the configuration, starts, and stops when it is told to. */
import { HELP, readConfig } from './config.ts'
import { createLog } from './http/logger.ts'
import { MasterKeyError } from './secrets/master-key.ts'
import { startServer } from './start.ts'
import { StartRefusal } from './start-refusal.ts'

/** As shells understand them: wrongly started, and ended by a failure. */
const EXIT_REFUSED = 2
const EXIT_FAILED = 1

async function main(): Promise<number> {
  const config = readConfig(process.argv.slice(2), process.env, process.platform)
  if (config === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const log = createLog(config.logLevel, process.stderr)
  const stopSignal = new Promise<'stop'>((resolve) => {
    // A second signal changes nothing: stopping has its own limits of time.
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => resolve('stop'))
    // Started together with a runner: whoever started both is gone.
    process.once('disconnect', () => resolve('stop'))
    process.channel?.unref()
  })
  const server = await startServer(config, { log, show: (text) => process.stderr.write(text) })
  process.stdout.write(`Daypass listening on ${server.url}\n`)
  const reason = await Promise.race([stopSignal, server.lost])
  if (reason !== 'stop')
    log.error({}, `${reason}; the server stops. Start it again: what it acknowledged is stored.`)
  await server.stop()
  return reason === 'stop' ? 0 : EXIT_FAILED
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof StartRefusal || error instanceof MasterKeyError) {
    process.stderr.write(`daypass: ${error.message}\n`)
    process.exitCode = EXIT_REFUSED
  } else {
    process.stderr.write(`daypass: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = EXIT_FAILED
  }
}
