/** The form of deployment settings in a request, field by field, with the names older and generated clients use. */
import { filterProblem } from '../globs/filters.ts'
import {
  type Blank,
  badField,
  count,
  type Fields,
  flag,
  ignored,
  type JsonObject,
  object,
  type ReadField,
  readObject,
  text,
  texts,
  unsupported,
} from './fields.ts'
import { oidcFields } from './read-oidc.ts'
import {
  branchProblem,
  commitProblem,
  folderProblem,
  normalFolder,
  repositoryUrlProblem,
  templateUrlProblem,
} from './repository-url.ts'
import { alwaysSecret, optionalSecretValue, secretValue } from './secret-value.ts'

/** A merge patch over settings: an absent field keeps, `null` deletes. Secrets are still in the form of the request. */
export type SettingsPatch = JsonObject & { readonly __kind?: 'settings-patch' }

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/
const LONGEST_COMMAND = 32 * 1024

const environmentVariables: ReadField = (value, path, blank) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badField(path, 'must be an object of names and values.')
  }
  const entries = Object.entries(value).flatMap(([name, one]) => {
    const at = `${path}.${name.slice(0, 100)}`
    if (!ENVIRONMENT_NAME.test(name)) {
      throw badField(JSON.stringify(at), 'is no name for an environment variable: use letters, digits and _.')
    }
    const read = one === null ? blank : secretValue(one, at, blank)
    return read === undefined ? [] : [[name, read] as const]
  })
  return Object.fromEntries(entries)
}

const imageFields: Fields = {
  reference: text({ problem: imageProblem }),
  credentials: object({ username: text({ longest: 255 }), password: alwaysSecret }),
  isDefault: ignored,
}

/** A bare string or an object; answers always have the object. */
const executorImage: ReadField = (value, path, blank) => {
  if (typeof value !== 'string') return readObject(value, path, imageFields, blank)
  const reference = text({ problem: imageProblem })(value, path, blank)
  return typeof reference === 'string' ? { reference, credentials: null } : reference
}

function imageProblem(reference: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(reference)
    ? undefined
    : 'must be an image reference such as pulumi/pulumi:latest.'
}

const gitAuthFields: Fields = {
  accessToken: alwaysSecret,
  sshAuth: object({ sshPrivateKey: alwaysSecret, password: alwaysSecret }),
  basicAuth: object({ userName: optionalSecretValue, password: alwaysSecret }),
}

const repoDir: ReadField = (value, path, blank) => {
  const folder = text({ problem: folderProblem })(value, path, blank)
  return typeof folder === 'string' ? normalFolder(folder) || blank : folder
}

const gitFields: Fields = {
  repoUrl: text({ longest: 4000, problem: repositoryUrlProblem }),
  branch: text({ longest: 255, problem: branchProblem }),
  commit: text({ problem: commitProblem }),
  repoDir,
  gitAuth: object(gitAuthFields),
  tag: text({ longest: 255, problem: branchProblem }),
}

const templateFields: Fields = {
  sourceUrl: text({ longest: 4000, problem: templateUrlProblem }),
  gitAuth: object({
    accessToken: alwaysSecret,
    sshAuth: unsupported('templates take an accessToken only.'),
    basicAuth: unsupported('templates take an accessToken only.'),
  }),
  // Only in answers of Pulumi's service.
  projectSourceUrl: ignored,
}

const versionControlFields: Fields = {
  repository: text({ longest: 255 }),
  deployCommits: flag,
  previewPullRequests: flag,
  pullRequestTemplate: flag,
  deployPullRequest: count,
  deployTags: flag,
  paths: texts({ problem: filterProblem }),
  tagFilters: texts({ problem: filterProblem }),
  reviewStackLabels: texts(),
  installationId: text(),
}

/** `gitea` is ours. */
const PROVIDERS = ['azure_devops', 'bitbucket', 'custom', 'gitea', 'github', 'gitlab']
const provider = text({
  problem: (word) => (PROVIDERS.includes(word) ? undefined : `must be one of ${PROVIDERS.join(', ')}.`),
})

/** Words of the old preview API, which named the operation here; the deployment's own field counts today. */
const legacyOperation: ReadField = (value, path) => {
  if (value === '') return undefined
  throw badField(path, 'belongs at the top level of a deployment request, as "operation".')
}

const settingsFields: Fields = {
  tag: text(),
  executorContext: object({
    executorImage,
    executorRootPath: text(),
    workingDirectory: ignored,
  }),
  sourceContext: object({
    git: object(gitFields),
    hg: unsupported('take the program from a git repository.'),
    template: object(templateFields),
  }),
  gitHub: object(versionControlFields),
  vcs: object({ ...versionControlFields, provider }),
  operationContext: object({
    oidc: object(oidcFields),
    preRunCommands: texts({ longest: LONGEST_COMMAND }),
    environmentVariables,
    operation: legacyOperation,
    options: object({
      skipInstallDependencies: flag,
      skipIntermediateDeployments: flag,
      shell: text({
        longest: 255,
        problem: (shell) =>
          /^[A-Za-z0-9_./][A-Za-z0-9_./+-]*$/.test(shell)
            ? undefined
            : 'must be the name or path of a program.',
      }),
      deleteAfterDestroy: flag,
      remediateIfDriftDetected: flag,
    }),
    role: object({ id: text(), name: text(), defaultIdentifier: text() }),
  }),
  agentPoolID: text({ longest: 100 }),
  cacheOptions: object({ enable: flag }),
  // Only in answers; clients send them back.
  version: ignored,
  source: ignored,
}

/**
 * @param blank What `null` and an empty string mean: `null` deletes (settings POST), `undefined` leaves alone.
 * @param extra Fields that this request has beside the settings.
 * @throws {BadField}
 */
export function readSettings(body: unknown, blank: Blank, extra: Fields = {}): SettingsPatch {
  return readObject(body, '', { ...settingsFields, ...extra }, blank)
}
