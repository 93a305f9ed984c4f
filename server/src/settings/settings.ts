/**
 * The deployment settings of a stack: where its program comes from, how it is run, and as whom.
 *
 * Owns: what may be saved, how a request is merged over what is saved, sealing of the secrets in it, the binding of
 * git and registry credentials to the origin they were saved with, and the rule that only organization admins touch
 * the `oidc` block. Does not own: running a deployment (deployments), nor the data keys (secrets).
 *
 * One request passes through: `read-settings` (form, field by field) → `merge` → `check-settings` (the whole) →
 * `seal` (secrets) → `settings.sql`. A deployment with settings of its own goes the same way.
 */
import type { AwsRoleLink } from '@daypass/contract/identity.ts'
import type {
  AwsOidcSettings,
  AzureOidcSettings,
  GcpOidcSettings,
  OperationOptions,
  SettingsOrigin,
} from '@daypass/contract/settings.ts'

/** As it is saved: plain, or sealed under the stack's data key (base64). */
export type StoredValue = string | { readonly ciphertext: string }
/** As it may also stand in a request: a secret in clear, which is sealed before it is saved. */
export type DraftValue = StoredValue | { readonly secret: string }

export interface GitAuth<Value> {
  readonly accessToken?: Value
  readonly sshAuth?: { readonly sshPrivateKey: Value; readonly password?: Value }
  readonly basicAuth?: { readonly userName: Value; readonly password: Value }
}

export interface GitSource<Value> {
  readonly repoUrl?: string
  readonly branch?: string
  readonly commit?: string
  /** Beside the commit that it names, or alone. */
  readonly tag?: string
  readonly repoDir?: string
  readonly gitAuth?: GitAuth<Value>
}

/** A program made from a template; `registry://…` or a repository's URL. */
export interface TemplateSource<Value> {
  readonly sourceUrl?: string
  readonly gitAuth?: Pick<GitAuth<Value>, 'accessToken'>
}

/** What the deployment's token may do beyond its stack: a role of the organization. */
export interface DeploymentRole {
  readonly id: string
  readonly name?: string
  readonly defaultIdentifier?: string
}

export interface ExecutorImage<Value> {
  readonly reference: string
  readonly credentials?: { readonly username: string; readonly password: Value }
}

export interface Oidc {
  /** Pulumi's settings have no chain. */
  readonly aws?: AwsOidcSettings & { readonly chain?: readonly AwsRoleLink[] }
  readonly azure?: AzureOidcSettings
  readonly gcp?: GcpOidcSettings
}

/** A repository of a git host that the organization is connected to, and which of its events start what (git-push). */
export interface VersionControl {
  readonly repository?: string
  readonly provider?: string
  readonly [field: string]: unknown
}

export interface Settings<Value> {
  readonly tag?: string
  readonly executorContext?: {
    readonly executorImage?: ExecutorImage<Value>
    readonly executorRootPath?: string
  }
  /** One of the two, or none: then the program is in the image. */
  readonly sourceContext?: { readonly git?: GitSource<Value>; readonly template?: TemplateSource<Value> }
  readonly gitHub?: VersionControl
  readonly vcs?: VersionControl
  readonly operationContext?: {
    readonly oidc?: Oidc
    readonly preRunCommands?: readonly string[]
    readonly environmentVariables?: Readonly<Record<string, Value>>
    readonly options?: OperationOptions
    readonly role?: DeploymentRole
  }
  readonly agentPoolID?: string
  readonly cacheOptions?: { readonly enable: boolean }
}

/** What the database holds, and what a deployment was fixed to. No secret in clear. */
export type StoredSettings = Settings<StoredValue>
/** After a merge, before sealing. */
export type DraftSettings = Settings<DraftValue>

export interface SavedSettings {
  readonly version: number
  readonly source: SettingsOrigin
  readonly settings: StoredSettings
}
