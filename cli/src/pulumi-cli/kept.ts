/**
 * What the Pulumi CLI keeps of its user, so that nobody has to say it twice: the login, the default organization, the
 * selected stack.
 *
 * Owns: where it lies and how it is read. Does not own: writing any of it; `pulumi login` and its like do that.
 * Source: pulumi/pulumi sdk/go/common/workspace/creds.go and pkg/workspace/workspace.go.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface KeptLogin {
  /** The backend of the last login: a service's URL, or `file://…`, `s3://…`. */
  readonly current: string | undefined
  readonly tokenFor: (url: string) => string | undefined
  /** The CLI was told to encrypt what it keeps, and only the CLI can read it. */
  readonly isEncrypted: boolean
}

export async function keptLogin(env: NodeJS.ProcessEnv): Promise<KeptLogin> {
  const kept = await readObject(join(credentialsFolder(env), 'credentials.json'))
  const tokens = asObject(kept['accessTokens'])
  return {
    current: asText(kept['current']),
    tokenFor: (url) => (Object.hasOwn(tokens, url) ? asText(tokens[url]) : undefined),
    isEncrypted: Object.hasOwn(kept, '$pulumiSecureStore'),
  }
}

/** As `pulumi org set-default` left it. */
export async function keptOrganization(url: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const config = await readObject(join(credentialsFolder(env), 'config.json'))
  const backends = asObject(config['backends'])
  return Object.hasOwn(backends, url) ? asText(asObject(backends[url])['defaultOrg']) : undefined
}

/** As `pulumi stack select` left it, for this project and this server. */
export async function selectedStack(
  project: { readonly name: string; readonly file: string },
  url: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const digest = createHash('sha1').update(project.file).digest('hex')
  const settings = await readObject(
    join(homeFolder(env), 'workspaces', `${project.name}-${digest}-workspace.json`),
  )
  const stacks = asObject(settings['stacks'])
  return (Object.hasOwn(stacks, url) ? asText(stacks[url]) : undefined) ?? asText(settings['stack'])
}

function credentialsFolder(env: NodeJS.ProcessEnv): string {
  return env['PULUMI_CREDENTIALS_PATH'] || homeFolder(env)
}

function homeFolder(env: NodeJS.ProcessEnv): string {
  return env['PULUMI_HOME'] || join(env['HOME'] || homedir(), '.pulumi')
}

/** Empty when there is none: somebody without the Pulumi CLI has kept nothing. */
async function readObject(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return asObject(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return {}
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
