/**
 * Deployment settings as Pulumi's API answers them. What a client may send is wider (nulls, empty strings, several
 * spellings and forms of a secret): `server/settings` reads that by hand, so that a refusal can name the field.
 *
 * Owns: the paths and the answered shapes. Does not own: merging, sealing and who may change what.
 */

import { type Static, Type } from 'typebox'
import { STACK_PATH } from './stack-path.ts'

export const SETTINGS_PATH = `${STACK_PATH}/deployments/settings`
/** What the preview API called them; some scripts still do. */
export const LEGACY_SETTINGS_PATH = '/api/preview/:organization/:project/:stack/deployment/settings'
/** Who may change the `oidc` block of an organization's stacks: ours, for Pulumi's API has no name for it. */
export const OIDC_SETTINGS_RULE_PATH = '/api/daypass/orgs/:organization/oidc-settings-rule'

/** Generated clients need `secret` beside the ciphertext; the CLI reads any object as a secret. */
export const SealedValue = Type.Object(
  { secret: Type.Literal(''), ciphertext: Type.String() },
  { title: 'SealedValue', description: 'A secret as it is answered, and taken back: encrypted.' },
)
export type SealedValue = Static<typeof SealedValue>

/** A bare string is not secret. */
export const SettingsValue = Type.Union([Type.String(), SealedValue])
export type SettingsValue = Static<typeof SettingsValue>

export const GitAuthSettings = Type.Object({
  accessToken: Type.Optional(SettingsValue),
  sshAuth: Type.Optional(
    Type.Object({ sshPrivateKey: SettingsValue, password: Type.Optional(SettingsValue) }),
  ),
  basicAuth: Type.Optional(Type.Object({ userName: SettingsValue, password: SettingsValue })),
})
export type GitAuthSettings = Static<typeof GitAuthSettings>

export const AwsOidcSettings = Type.Object({
  roleArn: Type.String(),
  sessionName: Type.String(),
  /** A Go duration such as `1h0m0s`. */
  duration: Type.Optional(Type.String()),
  policyArns: Type.Optional(Type.Array(Type.String())),
})
export type AwsOidcSettings = Static<typeof AwsOidcSettings>

export const AzureOidcSettings = Type.Object({
  clientId: Type.Optional(Type.String()),
  tenantId: Type.Optional(Type.String()),
  subscriptionId: Type.Optional(Type.String()),
})
export type AzureOidcSettings = Static<typeof AzureOidcSettings>

export const GcpOidcSettings = Type.Object({
  projectId: Type.String(),
  region: Type.Optional(Type.String()),
  workloadPoolId: Type.String(),
  providerId: Type.String(),
  serviceAccount: Type.String(),
  tokenLifetime: Type.Optional(Type.String()),
})
export type GcpOidcSettings = Static<typeof GcpOidcSettings>

export const OidcSettings = Type.Object(
  {
    aws: Type.Optional(AwsOidcSettings),
    azure: Type.Optional(AzureOidcSettings),
    gcp: Type.Optional(GcpOidcSettings),
  },
  { title: 'OidcSettings' },
)
export type OidcSettings = Static<typeof OidcSettings>

export const OperationOptions = Type.Object({
  skipInstallDependencies: Type.Optional(Type.Boolean()),
  skipIntermediateDeployments: Type.Optional(Type.Boolean()),
  shell: Type.Optional(Type.String()),
  deleteAfterDestroy: Type.Optional(Type.Boolean()),
  remediateIfDriftDetected: Type.Optional(Type.Boolean()),
})
export type OperationOptions = Static<typeof OperationOptions>

const VersionControl = {
  repository: Type.Optional(Type.String()),
  deployCommits: Type.Optional(Type.Boolean()),
  previewPullRequests: Type.Optional(Type.Boolean()),
  pullRequestTemplate: Type.Optional(Type.Boolean()),
  deployPullRequest: Type.Optional(Type.Integer()),
  deployTags: Type.Optional(Type.Boolean()),
  paths: Type.Optional(Type.Array(Type.String())),
  tagFilters: Type.Optional(Type.Array(Type.String())),
  reviewStackLabels: Type.Optional(Type.Array(Type.String())),
  installationId: Type.Optional(Type.String()),
}

/** Who saved them, in the words that generated clients know. */
export const SettingsOrigin = Type.Union([
  Type.Literal('console'),
  Type.Literal('api'),
  Type.Literal('provider'),
  Type.Literal('github-review-stack'),
  Type.Literal('azure-devops-review-stack'),
  Type.Literal('gitlab-review-stack'),
  Type.Literal('bitbucket-review-stack'),
  Type.Literal('github-gitops'),
])
export type SettingsOrigin = Static<typeof SettingsOrigin>

export const VersionControlProvider = Type.Union([
  Type.Literal('azure_devops'),
  Type.Literal('bitbucket'),
  Type.Literal('custom'),
  Type.Literal('github'),
  Type.Literal('gitlab'),
])

export const DeploymentSettings = Type.Object(
  {
    version: Type.Integer(),
    source: SettingsOrigin,
    tag: Type.Optional(Type.String()),
    executorContext: Type.Optional(
      Type.Object({
        executorImage: Type.Optional(
          Type.Object({
            reference: Type.String(),
            credentials: Type.Optional(Type.Object({ username: Type.String(), password: SettingsValue })),
          }),
        ),
        executorRootPath: Type.Optional(Type.String()),
      }),
    ),
    sourceContext: Type.Optional(
      Type.Object({
        git: Type.Optional(
          Type.Object({
            repoUrl: Type.Optional(Type.String()),
            branch: Type.Optional(Type.String()),
            commit: Type.Optional(Type.String()),
            tag: Type.Optional(Type.String()),
            repoDir: Type.Optional(Type.String()),
            gitAuth: Type.Optional(GitAuthSettings),
          }),
        ),
        template: Type.Optional(
          Type.Object({ sourceUrl: Type.String(), gitAuth: Type.Optional(GitAuthSettings) }),
        ),
      }),
    ),
    gitHub: Type.Optional(Type.Object(VersionControl)),
    vcs: Type.Optional(Type.Object({ ...VersionControl, provider: VersionControlProvider })),
    operationContext: Type.Optional(
      Type.Object({
        oidc: Type.Optional(OidcSettings),
        preRunCommands: Type.Optional(Type.Array(Type.String())),
        environmentVariables: Type.Optional(Type.Record(Type.String(), SettingsValue)),
        options: Type.Optional(OperationOptions),
        role: Type.Optional(
          Type.Object({
            id: Type.String(),
            name: Type.Optional(Type.String()),
            defaultIdentifier: Type.Optional(Type.String()),
          }),
        ),
      }),
    ),
    agentPoolID: Type.Optional(Type.String()),
    cacheOptions: Type.Optional(Type.Object({ enable: Type.Boolean() })),
  },
  { title: 'DeploymentSettings' },
)
export type DeploymentSettings = Static<typeof DeploymentSettings>

/** Who may set, change or remove `operationContext.oidc` of the organization's stacks. */
export const OidcSettingsRule = Type.Object(
  { changedBy: Type.Union([Type.Literal('organization-admins'), Type.Literal('stack-admins')]) },
  { title: 'OidcSettingsRule', additionalProperties: false },
)
export type OidcSettingsRule = Static<typeof OidcSettingsRule>
