/**
 * The three local clouds as one: a file that says whom each of them trusts, and their servers on neighbouring ports.
 *
 * Owns: which of them are started, and their addresses in the words of the runner's flags. Does not own: what a cloud
 * decides (`aws/`, `azure/`, `google/`).
 */
import { type LocalAwsConfig, readLocalAwsConfig } from './aws/config.ts'
import { startLocalAws } from './aws/local-aws.ts'
import { type LocalEntraConfig, readLocalEntraConfig } from './azure/config.ts'
import { startLocalEntra } from './azure/local-entra.ts'
import { fieldsOf, Refused } from './cloud/config-fields.ts'
import type { CloudOptions, CloudTls } from './cloud/http.ts'
import { type LocalGoogleConfig, readLocalGoogleConfig } from './google/config.ts'
import { startLocalGoogle } from './google/local-google.ts'

/** Absent: not started. */
export interface LocalCloudsConfig {
  readonly aws?: LocalAwsConfig
  readonly azure?: LocalEntraConfig
  readonly google?: LocalGoogleConfig
}

export type LocalCloudsConfigResult =
  | { readonly ok: true; readonly config: LocalCloudsConfig }
  | { readonly ok: false; readonly path: string; readonly sentence: string }

/** @param value `{"aws": {"accounts": […]}, "azure": {"tenants": […]}, "google": {"providers": […], "serviceAccounts": […]}}` */
export function readLocalCloudsConfig(value: unknown): LocalCloudsConfigResult {
  try {
    const { aws, azure, google } = fieldsOf(value, '$', ['aws', 'azure', 'google'])
    if (aws === undefined && azure === undefined && google === undefined) {
      return { ok: false, path: '$', sentence: 'It names no cloud; known are aws, azure, google.' }
    }
    return {
      ok: true,
      config: {
        ...(aws !== undefined && { aws: configOf('aws', readLocalAwsConfig(aws)) }),
        ...(azure !== undefined && { azure: configOf('azure', readLocalEntraConfig(azure)) }),
        ...(google !== undefined && { google: configOf('google', readLocalGoogleConfig(google)) }),
      },
    }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, path: error.path, sentence: error.message }
    throw error
  }
}

function configOf<Config>(
  cloud: string,
  read: { ok: true; config: Config } | { ok: false; path: string; sentence: string },
): Config {
  if (read.ok) return read.config
  throw new Refused(read.path.replace('$', `$.${cloud}`), read.sentence.replaceAll('$.', `$.${cloud}.`))
}

export interface LocalCloudsOptions extends Omit<CloudOptions<LocalCloudsConfig>, 'tls'> {
  /** Of AWS; Azure and Google Cloud take the two after it. 0, the default: any three that are free. */
  readonly port?: number
  /** Of Entra, which Azure's SDKs ask by https only. */
  readonly azureTls?: CloudTls
}

export interface LocalClouds {
  /** Undefined: not started. `http://127.0.0.1:4300`; Azure's with https where it was given a certificate. */
  readonly urls: { readonly aws?: string; readonly azure?: string; readonly google?: string }
  /** What `daypass start` and `daypass runner` must be told. */
  readonly runnerFlags: readonly string[]
  readonly close: () => Promise<void>
}

/** @throws when a port is taken; nothing is left running then. */
export async function startLocalClouds(options: LocalCloudsOptions): Promise<LocalClouds> {
  const { config, port = 0, azureTls, ...common } = options
  const { aws, azure, google } = config
  const portAt = (offset: number): number => (port === 0 ? 0 : port + offset)
  const starts = await Promise.allSettled([
    aws && startLocalAws({ ...common, config: aws, port: portAt(0) }),
    azure &&
      startLocalEntra({ ...common, config: azure, port: portAt(1), ...(azureTls && { tls: azureTls }) }),
    google && startLocalGoogle({ ...common, config: google, port: portAt(2) }),
  ])
  const servers = starts.map((start) => (start.status === 'fulfilled' ? start.value : undefined))
  const close = async (): Promise<void> => void (await Promise.all(servers.map((server) => server?.close())))
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }
  const [awsUrl, azureUrl, googleUrl] = servers.map((server) => server?.url)
  return {
    urls: {
      ...(awsUrl !== undefined && { aws: awsUrl }),
      ...(azureUrl !== undefined && { azure: azureUrl }),
      ...(googleUrl !== undefined && { google: googleUrl }),
    },
    runnerFlags: [
      ...(awsUrl === undefined ? [] : ['--aws-sts-url', awsUrl]),
      ...(azureUrl === undefined ? [] : ['--azure-authority-url', azureUrl]),
      ...(googleUrl === undefined ? [] : ['--google-sts-url', googleUrl, '--google-iam-url', googleUrl]),
    ],
    close,
  }
}
