/**
 * The relay: listens on 127.0.0.1 where the job's programs are, and copies bytes between them and the broker's socket.
 *
 * Runs as the job's user in a sandbox of its own, holds no secret and understands nothing of what it copies: whoever takes
 * it over has what every program of the job has. Where the loopback is shared, it hangs up on other users before it
 * has read a byte. One file without a dependency, in JavaScript, because it runs by itself in a container of any image.
 *
 * Argument: the broker's socket. Prints the port. The broker decides how long a request may take.
 */
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const MOST_CONNECTIONS = 256
/** Of a connection on which nothing moves: longer than the broker takes for anything. */
const IDLE_MS = 60_000
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

const [socketPath = ''] = process.argv.slice(2)

// Half-open, so that a program that has sent its request and closed its side still gets the answer.
const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (program) => {
  program.on('error', () => program.destroy())
  if (isOfThisUser(program)) copyBothWays(program)
  else program.destroy()
})
server.maxConnections = MOST_CONNECTIONS
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`)
})

/** @param {import('node:net').Socket} program */
function copyBothWays(program) {
  const broker = connect({ path: socketPath, allowHalfOpen: true })
  const hangUp = () => {
    program.destroy()
    broker.destroy()
  }
  for (const socket of [program, broker]) socket.setTimeout(IDLE_MS, hangUp).on('error', hangUp)
  program.pipe(broker).pipe(program)
}

/**
 * The kernel's tables name the user of every socket of this network. Somebody who has hung up is in none of them. Not told
 * apart are the jobs of a runner that is no root, which are all one user, and anybody from "nobody" in its namespace: as
 * for everybody else, the broker's token decides.
 * @see https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt
 * @param {import('node:net').Socket} program
 */
function isOfThisUser({ localPort = 0, remotePort = 0 }) {
  if (process.platform !== 'linux') return true
  const ends = new RegExp(
    `^ *\\d+: (?:0{16}F{4}0{4})?0100007F:${port(remotePort)} (?:0{16}F{4}0{4})?0100007F:${port(localPort)} (?:\\S+ +){4}(\\d+) `,
    'm',
  )
  return TABLES.some((table) => Number(ends.exec(contentOf(table))?.[1] ?? -1) === process.getuid?.())
}

/** @param {number} number */
function port(number) {
  return number.toString(16).toUpperCase().padStart(4, '0')
}

/** @param {string} file */
function contentOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
