/**
 * A small stand-in for the `docker` program and its engine. It takes the commands that the runner gives and no others,
 * refuses every flag that it does not know, and really runs a container's command: in namespaces of its own, with the
 * mounts and the user that were asked for, made with bubblewrap out of this machine's own programs.
 *
 * Arguments: the folder of its state, then docker's own. Everything that it was called with stands in `calls` there.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const [state = '', ...argv] = process.argv.slice(2)
const at = (...parts: string[]): string => join(state, ...parts)
for (const folder of ['images', 'containers']) mkdirSync(at(folder), { recursive: true })

const config = readConfig()
appendFileSync(at('calls'), `${JSON.stringify({ argv, config, env: Object.keys(process.env).sort() })}\n`)
const [command, ...args] = argv
if (existsSync(at('down'))) fail(1, 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.')

switch (command) {
  case 'version':
    expectArguments(['--format', '{{.Server.Version}}'])
    console.log('99.0')
    break
  case 'image': {
    const reference = expectArguments(['inspect', '--format', '{{.Id}}'])
    if (!existsSync(image(reference))) fail(1, `Error response from daemon: No such image: ${reference}`)
    console.log(readFileSync(image(reference), 'utf8'))
    break
  }
  case 'pull':
    pull(expectArguments(['--quiet']))
    break
  case 'run':
    run()
    break
  case 'kill': {
    const signal = args[0] === '--signal' && args[1] === 'SIGINT' ? 'SIGINT' : 'SIGKILL'
    const container = containers().find(({ name }) => name === args.at(-1))
    if (!container) fail(1, `Error response from daemon: No such container: ${args.at(-1)}`)
    kill(container, signal)
    break
  }
  case 'rm': {
    const wanted = expectArguments(['--force', '--volumes'])
    const container = containers().find(({ name, id }) => name === wanted || id === wanted)
    if (!container) fail(1, `Error response from daemon: No such container: ${wanted}`)
    kill(container, 'SIGKILL')
    rmSync(at('containers', container.name), { force: true })
    break
  }
  case 'ps': {
    const [, , , filter = ''] = args
    const [label = '', value] = filter.replace(/^label=/, '').split(/=(.*)/s)
    for (const { id, labels } of containers()) {
      if (labels[label] === value) console.log(`${id} ${labels['dev.daypass.work-folder'] ?? ''}`)
    }
    break
  }
  default:
    fail(1, `docker: '${command}' is not a docker command.`)
}

/** Flags of `run` that a value follows, and those that stand alone. Anything else is refused. */
function run() {
  const single = new Set(['--rm', '--interactive', '--init', '--read-only', '--no-healthcheck'])
  const valued = new Set(
    'name label pull log-driver user cap-drop security-opt network ipc cgroupns hostname memory memory-swap cpus pids-limit ulimit env mount entrypoint'
      .split(' ')
      .map((name) => `--${name}`),
  )
  const given = new Map<string, string[]>()
  let index = 0
  for (; args[index]?.startsWith('-'); index += 1) {
    const flag = args[index] ?? ''
    if (single.has(flag)) given.set(flag, [])
    else if (valued.has(flag)) {
      index += 1
      given.set(flag, [...(given.get(flag) ?? []), args[index] ?? ''])
    } else fail(125, `unknown flag: ${flag}`)
  }
  const [imageId = '', ...inside] = args.slice(index)
  const one = (flag: string): string => given.get(flag)?.[0] ?? ''
  const known = readdirSync(at('images')).some((name) => readFileSync(at('images', name), 'utf8') === imageId)
  if (!known) fail(125, `docker: Error response from daemon: No such image: ${imageId}.`)
  if (one('--network') === 'none-such')
    fail(125, 'docker: Error response from daemon: network none-such not found.')
  const network = networkOf(one('--network'))
  if (network.joined && given.has('--hostname'))
    fail(125, 'docker: Error response from daemon: conflicting options: hostname and the network mode.')
  const [uid = '', gid = ''] = one('--user').split(':')
  const name = one('--name')
  const isGroup = given.get('--env')?.includes('TINI_KILL_PROCESS_GROUP=1') === true
  const asRoot = process.getuid?.() === 0
  const user = asRoot
    ? [
        'setpriv',
        '--reuid',
        uid,
        '--regid',
        gid,
        '--clear-groups',
        '--no-new-privs',
        '--bounding-set=-all',
        '--inh-caps=-all',
        '--',
      ]
    : []
  const sandbox = [
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--info-fd', '3'],
    ...network.own,
    ...(asRoot
      ? [
          '--cap-drop',
          'ALL',
          ...['SETUID', 'SETGID', 'SETPCAP'].flatMap((cap) => ['--cap-add', `CAP_${cap}`]),
        ]
      : ['--unshare-user']),
    ...['--ro-bind', '/usr', '/usr', '--dev', '/dev', '--proc', '/proc'],
    // Those that bubblewrap makes on the way to a mount are closed to others than root; an engine's are not.
    ...['/etc', '/home', '/mnt', '/opt', '/opt/daypass', '/opt/daypass/node'].flatMap((folder) => [
      '--dir',
      folder,
    ]),
    ...['bin', 'lib', 'lib64', 'sbin'].flatMap((folder) => ['--symlink', `usr/${folder}`, `/${folder}`]),
    ...['--ro-bind', at('image'), '/image', '--ro-bind', readFileSync(at('programs'), 'utf8'), '/image/bin'],
    ...['--ro-bind', '/etc/ssl', '/etc/ssl'],
    ...(given.get('--mount') ?? []).flatMap(mountOf),
    ...['--remount-ro', '/', '--chdir', '/image', '--clearenv'],
    ...['--setenv', 'PATH', '/image/bin:/usr/local/bin:/usr/bin:/bin', '--setenv', 'OF_THE_IMAGE', 'yes'],
    ...(given.get('--env') ?? []).flatMap((entry) => ['--setenv', ...entry.split('=')]),
    '--',
    ...['setsid', ...user, one('--entrypoint'), ...inside],
  ]
  const id = randomBytes(32).toString('hex')
  const labels = Object.fromEntries(
    (given.get('--label') ?? []).map((label) => label.split(/=(.*)/s).slice(0, 2)),
  )
  // As with the engine: it goes on when this program is killed.
  const [program = '', ...words] = [...network.enter, 'bwrap', ...sandbox]
  const child = spawn(program, words, { stdio: ['inherit', 'inherit', 'inherit', 'pipe'], detached: true })
  let info = ''
  child.stdio[3]?.on('data', (data: Buffer) => {
    info += data
    const init = Number(/"child-pid": (\d+)/.exec(info)?.[1])
    if (init) writeFileSync(at('containers', name), JSON.stringify({ id, name, labels, init, isGroup }))
  })
  child.once('exit', (code, signal) => {
    if (given.has('--rm')) rmSync(at('containers', name), { force: true })
    process.exit(signal ? 137 : (code ?? 1))
  })
}

/** A bridge that leads nowhere: a container of its own network has its loopback and nothing else. */
function networkOf(mode: string): { joined: boolean; own: readonly string[]; enter: readonly string[] } {
  if (mode === 'bridge') return { joined: false, own: ['--unshare-net'], enter: [] }
  const [, name] = /^container:(.+)$/.exec(mode) ?? []
  if (name === undefined) return { joined: false, own: [], enter: [] }
  const container = containers().find((one) => one.name === name)
  if (!container) fail(125, `docker: Error response from daemon: No such container: ${name}.`)
  return { joined: true, own: [], enter: ['nsenter', `--net=/proc/${container.init}/ns/net`, '--'] }
}

function mountOf(text: string): string[] {
  const fields = new Map(text.split(',').map((field) => field.split(/=(.*)/s) as [string, string]))
  const [source = '', target = ''] = [fields.get('source'), fields.get('target')]
  if (fields.get('type') !== 'bind' || !existsSync(source))
    fail(
      125,
      `docker: Error response from daemon: invalid mount config: bind source path does not exist: ${source}.`,
    )
  return [fields.has('readonly') ? '--ro-bind' : '--bind', source, target]
}

/** The step is the child of the namespace's first process, which is bubblewrap's, as docker-init's is docker's. */
function kill({ init, isGroup }: Container, signal: NodeJS.Signals): void {
  try {
    if (signal === 'SIGKILL') return void process.kill(init, 'SIGKILL')
    const children = readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').trim().split(' ').map(Number)
    const [step = 0] = children
    if (step <= 1) return
    process.kill(isGroup ? -step : step, signal)
  } catch {
    // It is gone.
  }
}

function pull(reference: string): void {
  if (reference.includes('missing'))
    fail(1, `Error response from daemon: manifest for ${reference} not found`)
  if (reference.startsWith('private.example.com/')) {
    const wanted = Buffer.from('robot:s3cret-of-the-registry').toString('base64')
    if (config?.auths?.['private.example.com']?.auth !== wanted)
      fail(
        1,
        `Error response from daemon: pull access denied for ${reference}, repository does not exist or may require 'docker login'`,
      )
  }
  if (reference.includes('slow')) return void setTimeout(() => {}, 60_000)
  writeFileSync(image(reference), `sha256:${createHash('sha256').update(reference).digest('hex')}`)
  console.log(reference)
}

/** Exactly these, and at most one more, which is answered. */
function expectArguments(wanted: readonly string[]): string {
  if (
    JSON.stringify(args.slice(0, wanted.length)) !== JSON.stringify(wanted) ||
    args.length > wanted.length + 1
  )
    fail(125, `unexpected arguments: ${args.join(' ')}`)
  return args[wanted.length] ?? ''
}

function image(reference: string): string {
  return at('images', encodeURIComponent(reference))
}

interface Container {
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly init: number
  readonly isGroup: boolean
}

function containers(): Container[] {
  return readdirSync(at('containers')).map(
    (name) => JSON.parse(readFileSync(at('containers', name), 'utf8')) as Container,
  )
}

function readConfig(): { auths?: Record<string, { auth: string }> } | undefined {
  try {
    return JSON.parse(readFileSync(join(process.env['DOCKER_CONFIG'] ?? '', 'config.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function fail(code: number, sentence: string): never {
  console.error(sentence)
  process.exit(code)
}
