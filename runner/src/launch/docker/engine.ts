/**
 * The `docker` program: the only way to the engine. Short commands here; a step's container in `container.ts`.
 *
 * It never sees the configuration of whoever started the runner, whose registry credentials are not for a stack's
 * image: each call has a folder of its own for it, which is empty but for the pull of an image with credentials.
 */
import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutorImage } from '@daypass/contract/job-protocol.ts'
import { LAUNCHER_ENVIRONMENT } from '../spawn.ts'

export interface Engine {
  /** Absolute path of the program. */
  readonly program: string
  /** Of the engine, as DOCKER_HOST says it; undefined: docker's own default. */
  readonly host: string | undefined
}

export interface Ran {
  readonly ok: boolean
  readonly output: string
  /** The last line that it said about what went wrong. */
  readonly complaint: string
}

const MOST_OUTPUT_CHARACTERS = 100_000
const QUICK_TIMEOUT_MS = 20_000

export function engineEnvironment({ host }: Engine, configFolder: string): Record<string, string> {
  return {
    ...LAUNCHER_ENVIRONMENT,
    DOCKER_CONFIG: configFolder,
    ...(host === undefined ? {} : { DOCKER_HOST: host }),
  }
}

export function runDocker(
  engine: Engine,
  configFolder: string,
  args: readonly string[],
  signal: AbortSignal = AbortSignal.timeout(QUICK_TIMEOUT_MS),
): Promise<Ran> {
  const child = spawn(engine.program, args, {
    env: engineEnvironment(engine, configFolder),
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  let output = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < MOST_OUTPUT_CHARACTERS) output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < MOST_OUTPUT_CHARACTERS) complaint += text
  })
  return new Promise((resolve) => {
    const end = (ok: boolean, otherwise: string): void =>
      resolve({ ok, output: output.trim(), complaint: lastLine(complaint) || otherwise })
    child.once('error', (error) => end(false, signal.aborted ? 'it was stopped' : error.message))
    child.once('close', (code) => end(code === 0, `it ended with exit code ${code}`))
  })
}

/** The version of the engine that answers, or why none does. */
export async function engineVersion(engine: Engine, configFolder: string): Promise<Ran> {
  return runDocker(engine, configFolder, ['version', '--format', '{{.Server.Version}}'])
}

export type PullPolicy = 'always' | 'missing' | 'never'

/** The id of the image once it is there; credentials exist in a file, for as long as the pull takes. */
export async function provideImage(
  engine: Engine,
  { reference, credentials }: ExecutorImage,
  options: {
    readonly policy: PullPolicy
    readonly configFolder: string
    readonly signal: AbortSignal
    readonly say: (sentence: string) => void
  },
): Promise<{ readonly id: string } | { readonly complaint: string }> {
  const { policy, configFolder, signal, say } = options
  const inspect = async (): Promise<Ran> =>
    runDocker(engine, configFolder, ['image', 'inspect', '--format', '{{.Id}}', reference])
  if (policy !== 'always') {
    const there = await inspect()
    if (isImageId(there)) return { id: there.output }
    if (policy === 'never') return { complaint: there.complaint }
  }
  say(`Pulling the image ${reference}`)
  try {
    if (credentials) await writeRegistryConfig(configFolder, reference, credentials)
    const pulled = await runDocker(engine, configFolder, ['pull', '--quiet', reference], signal)
    if (!pulled.ok) return { complaint: pulled.complaint }
  } finally {
    await rm(join(configFolder, 'config.json'), { force: true })
  }
  const found = await inspect()
  return isImageId(found) ? { id: found.output } : { complaint: found.complaint }
}

function isImageId({ ok, output }: Ran): boolean {
  return ok && /^sha256:[0-9a-f]{64}$/.test(output)
}

/** What `docker login` would write; its command line would have shown the user's name. */
async function writeRegistryConfig(
  configFolder: string,
  reference: string,
  { username, password }: NonNullable<ExecutorImage['credentials']>,
): Promise<void> {
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  const auths = { [registryKey(reference)]: { auth } }
  await mkdir(configFolder, { recursive: true, mode: 0o700 })
  await writeFile(join(configFolder, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 })
}

/** The name under which docker looks for credentials. */
export function registryKey(reference: string): string {
  const [first = '', ...rest] = reference.split('/')
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const host = isHost ? first.toLowerCase() : 'docker.io'
  return ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host)
    ? 'https://index.docker.io/v1/'
    : host
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim().slice(0, 500) ?? ''
}
