/** Where Pulumi keeps stacks: a service, or a bucket or folder that the CLI writes to by itself ("DIY"). */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FailedCommand } from '../failed-command.ts'
import { keptLogin } from '../pulumi-cli/kept.ts'

export interface Backend {
  readonly url: string
  readonly kind: 'service' | 'diy'
  /** Of a service. A DIY backend takes its credentials from the environment, as ever. */
  readonly token: string | undefined
}

const DIY_SCHEMES = ['file', 's3', 'gs', 'azblob', 'postgres', 'postgresql']

export interface OtherBackendOptions {
  /** File with the access token of a service; otherwise the one that `pulumi login` kept. */
  readonly backendTokenFile?: string
}

/**
 * The other side of a move: not our server.
 *
 * @throws {FailedCommand} with what to do about it.
 */
export async function otherBackend(
  given: string,
  { backendTokenFile }: OtherBackendOptions,
  env: NodeJS.ProcessEnv,
): Promise<Backend> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(given)?.[1]
  if (!scheme || !(DIY_SCHEMES.includes(scheme) || /^https?$/.test(scheme))) {
    throw new FailedCommand(
      `"${given.split('@').at(-1)}" is no backend URL: file://…, s3://…, https://api.pulumi.com, …`,
      2,
    )
  }
  // It becomes an argument of the CLI, which everybody on the machine can read.
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:[^/?#]*@/.test(given) || /[?&](?:password|secret)/i.test(given)) {
    throw new FailedCommand(
      'the backend URL holds a password: give it in the environment instead (for postgres, PGPASSWORD).',
      2,
    )
  }
  if (scheme === 'file') return { url: absoluteFileUrl(given), kind: 'diy', token: undefined }
  if (DIY_SCHEMES.includes(scheme)) return { url: given, kind: 'diy', token: undefined }
  const url = given.replace(/\/$/, '')
  if (/^https:\/\/(?:app\.)?pulumi\.com$/.test(url)) {
    throw new FailedCommand('Pulumi Cloud’s service is https://api.pulumi.com.', 2)
  }
  const token = backendTokenFile
    ? (await readFile(backendTokenFile, 'utf8')).trim()
    : (await keptLogin(env)).tokenFor(url)
  if (!token) {
    throw new FailedCommand(
      `no access token for ${url}: run \`pulumi login ${url}\` before, or give --backend-token-file <file>.`,
    )
  }
  return { url, kind: 'service', token }
}

/** The CLI runs in another folder than we do; `~` it knows itself. */
function absoluteFileUrl(given: string): string {
  const path = given.slice('file://'.length)
  return path.startsWith('/') || path.startsWith('~') ? given : `file://${resolve(path)}`
}
