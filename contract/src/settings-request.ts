/**
 * Deployment settings as clients send them: every field may be absent, null or empty, and some have several forms. The
 * server reads them by hand, so that a refusal names the field; these shapes describe it, and tests hold the reader
 * against them.
 *
 * Owns: the described shapes. Does not own: what the server makes of a null (it deletes on POST, and is "not given"
 * everywhere else).
 */
import { type TProperties, type TSchema, Type } from 'typebox'
import { Operation } from './job-protocol.ts'
import { VersionControlProvider } from './settings.ts'

/** Generated clients send null for every field that nobody set. */
function maybe<Schema extends TSchema>(schema: Schema) {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

function known<Properties extends TProperties>(title: string, properties: Properties, description?: string) {
  return Type.Object(properties, {
    title,
    additionalProperties: false,
    ...(description !== undefined && { description }),
  })
}

const Text = maybe(Type.String())
const Texts = maybe(Type.Array(Type.String()))
const Flag = maybe(Type.Boolean())

export const SecretInput = Type.Union(
  [
    Type.String(),
    Type.Object(
      { plaintext: Text, secret: Text, ciphertext: Text },
      {
        additionalProperties: false,
        description: 'A ciphertext is kept, else a secret is sealed, else it is plain.',
      },
    ),
    Type.Object({ isSecret: Type.Boolean(), value: Type.String() }, { additionalProperties: false }),
  ],
  { title: 'SecretInput', description: 'A bare string is not secret.' },
)

const GitAuthInput = known(
  'GitAuthInput',
  {
    accessToken: maybe(SecretInput),
    sshAuth: maybe(
      Type.Object(
        { sshPrivateKey: maybe(SecretInput), password: maybe(SecretInput) },
        { additionalProperties: false },
      ),
    ),
    basicAuth: maybe(
      Type.Object(
        { userName: maybe(SecretInput), password: maybe(SecretInput) },
        { additionalProperties: false },
      ),
    ),
  },
  'Of several, the SSH key counts before the token, and the token before the password.',
)

const SourceInput = known(
  'SourceContextInput',
  {
    git: maybe(
      Type.Object(
        {
          repoUrl: Text,
          branch: Text,
          commit: Text,
          tag: Text,
          repoDir: Text,
          gitAuth: maybe(GitAuthInput),
        },
        { additionalProperties: false },
      ),
    ),
    template: maybe(
      Type.Object(
        { sourceUrl: Text, gitAuth: maybe(GitAuthInput), projectSourceUrl: Text },
        { additionalProperties: false },
      ),
    ),
  },
  'Where the program comes from: a git repository or a template.',
)

const ExecutorInput = known('ExecutorContextInput', {
  executorImage: maybe(
    Type.Union([
      Type.String(),
      Type.Object(
        {
          reference: Text,
          credentials: maybe(
            Type.Object({ username: Text, password: maybe(SecretInput) }, { additionalProperties: false }),
          ),
          isDefault: Flag,
        },
        { additionalProperties: false },
      ),
    ]),
  ),
  executorRootPath: Text,
  workingDirectory: Text,
})

const versionControl = {
  repository: Text,
  deployCommits: Flag,
  previewPullRequests: Flag,
  pullRequestTemplate: Flag,
  deployPullRequest: maybe(Type.Integer({ minimum: 0 })),
  deployTags: Flag,
  paths: Texts,
  tagFilters: Texts,
  reviewStackLabels: Texts,
  installationId: Text,
}

const OidcInput = known('OidcInput', {
  aws: maybe(
    Type.Object(
      { roleArn: Text, sessionName: Text, duration: Text, policyArns: Texts },
      { additionalProperties: false },
    ),
  ),
  azure: maybe(
    Type.Object({ clientId: Text, tenantId: Text, subscriptionId: Text }, { additionalProperties: false }),
  ),
  gcp: maybe(
    Type.Object(
      {
        projectId: Text,
        region: Text,
        workloadPoolId: Text,
        providerId: Text,
        serviceAccount: Text,
        tokenLifetime: Text,
      },
      { additionalProperties: false },
    ),
  ),
})

const OperationContextInput = known('OperationContextInput', {
  oidc: maybe(OidcInput),
  preRunCommands: Texts,
  environmentVariables: maybe(Type.Record(Type.String(), Type.Union([SecretInput, Type.Null()]))),
  operation: maybe(Type.Literal('')),
  options: maybe(
    Type.Object(
      {
        skipInstallDependencies: Flag,
        skipIntermediateDeployments: Flag,
        shell: Text,
        deleteAfterDestroy: Flag,
        remediateIfDriftDetected: Flag,
      },
      { additionalProperties: false },
    ),
  ),
  role: maybe(
    Type.Object({ id: Text, name: Text, defaultIdentifier: Text }, { additionalProperties: false }),
  ),
})

const settings = {
  tag: Text,
  executorContext: maybe(ExecutorInput),
  sourceContext: maybe(SourceInput),
  gitHub: maybe(Type.Object(versionControl, { additionalProperties: false })),
  vcs: maybe(
    Type.Object(
      { ...versionControl, provider: maybe(VersionControlProvider) },
      { additionalProperties: false },
    ),
  ),
  operationContext: maybe(OperationContextInput),
  agentPoolID: Text,
  cacheOptions: maybe(Type.Object({ enable: Flag }, { additionalProperties: false })),
}

export const DeploymentSettingsRequest = known(
  'DeploymentSettingsRequest',
  { ...settings, version: maybe(Type.Integer()), source: Text },
  'Deployment settings. With POST an absent field keeps, null deletes, objects merge and lists replace; PUT replaces all.',
)

export const CreateDeploymentRequest = known(
  'CreateDeploymentRequest',
  {
    operation: Operation,
    inheritSettings: Type.Optional(
      Type.Union([Type.Boolean(), Type.Null()], {
        description: 'Whether the settings here are merged over the saved ones; true when absent.',
      }),
    ),
    ...settings,
  },
  'An operation, and settings for this deployment alone. Null means not given.',
)
