/**
 * The page's fields, as people fill them in: texts, and lists as one entry a line. Pure.
 *
 * Owns: what is shown of saved settings. Does not own: what is sent (patch.ts).
 */
import { type OidcForm, oidcFormOf, oidcProblems } from './oidc-form.ts'
import { commandsText } from './pre-run.ts'
import { isGiven, type Secret, secretOf, type Variable, variableProblem, variablesOf } from './secret.ts'
import type { SavedSettings } from './settings.ts'

/** In the words of the dropdown; those of a git host are what `vcs.provider` calls them. */
export const SOURCES = {
  git: 'Git',
  github: 'GitHub',
  gitlab: 'GitLab',
  bitbucket: 'Bitbucket',
  azure_devops: 'Azure DevOps',
  custom: 'Custom (Gitea, Forgejo and others)',
  template: 'No code',
  none: 'None',
} as const
export type Source = keyof typeof SOURCES

export const CREDENTIALS = {
  none: 'None',
  token: 'Access token',
  ssh: 'SSH key',
  password: 'User and password',
} as const
export type Credentials = keyof typeof CREDENTIALS

export interface SourceForm {
  readonly kind: Source
  readonly repoUrl: string
  /** Of an integration: `owner/name`. */
  readonly repository: string
  readonly branch: string
  /** A commit or tag that the API set in place of a branch; empty: none. */
  readonly pinnedTo: string
  readonly repoDir: string
  readonly templateUrl: string
  readonly credentials: Credentials
  readonly accessToken: Secret
  readonly sshPrivateKey: Secret
  readonly sshPassphrase: Secret
  readonly userName: Secret
  readonly password: Secret
  readonly previewPullRequests: boolean
  readonly deployCommits: boolean
  readonly deployTags: boolean
  readonly pullRequestTemplate: boolean
  readonly paths: string
  readonly tagFilters: string
}

export interface DeployForm {
  readonly source: SourceForm
  /** Id of a pool; empty: the organization's default. */
  readonly pool: string
  readonly variables: readonly Variable[]
  readonly oidc: OidcForm
  readonly preRunCommands: string
  readonly skipInstallDependencies: boolean
  readonly skipIntermediateDeployments: boolean
  readonly cache: boolean
  readonly image: {
    readonly enabled: boolean
    readonly reference: string
    readonly username: string
    readonly password: Secret
  }
}

export function formOf(saved: SavedSettings): DeployForm {
  const { operationContext, executorContext } = saved
  const { options } = operationContext ?? {}
  const image = executorContext?.executorImage
  return {
    source: sourceFormOf(saved),
    pool: saved.agentPoolID ?? '',
    variables: variablesOf(operationContext?.environmentVariables),
    oidc: oidcFormOf(operationContext?.oidc),
    preRunCommands: commandsText(operationContext?.preRunCommands),
    skipInstallDependencies: options?.skipInstallDependencies ?? false,
    skipIntermediateDeployments: options?.skipIntermediateDeployments ?? false,
    cache: saved.cacheOptions?.enable ?? false,
    image: {
      enabled: image !== undefined,
      reference: image?.reference ?? '',
      username: image?.credentials?.username ?? '',
      password: secretOf(image?.credentials?.password),
    },
  }
}

function sourceFormOf({ sourceContext, gitHub, vcs }: SavedSettings): SourceForm {
  const { git, template } = sourceContext ?? {}
  const { accessToken, sshAuth, basicAuth } = git?.gitAuth ?? template?.gitAuth ?? {}
  const block = gitHub ?? vcs
  return {
    kind: gitHub ? 'github' : (vcs?.provider ?? (template ? 'template' : git ? 'git' : 'none')),
    repoUrl: git?.repoUrl ?? '',
    repository: block?.repository ?? '',
    branch: git?.branch?.replace(/^refs\/heads\//, '') ?? '',
    pinnedTo: pinnedTo(git),
    repoDir: git?.repoDir ?? '',
    templateUrl: template?.sourceUrl ?? '',
    credentials: sshAuth ? 'ssh' : accessToken ? 'token' : basicAuth ? 'password' : 'none',
    accessToken: secretOf(accessToken),
    sshPrivateKey: secretOf(sshAuth?.sshPrivateKey),
    sshPassphrase: secretOf(sshAuth?.password),
    userName: secretOf(basicAuth?.userName),
    password: secretOf(basicAuth?.password),
    previewPullRequests: block?.previewPullRequests ?? false,
    deployCommits: block?.deployCommits ?? false,
    deployTags: block?.deployTags ?? false,
    pullRequestTemplate: block?.pullRequestTemplate ?? false,
    paths: (block?.paths ?? []).join('\n'),
    tagFilters: (block?.tagFilters ?? []).join('\n'),
  }
}

export function pinnedTo(
  git: { readonly commit?: string | undefined; readonly tag?: string | undefined } | undefined,
): string {
  return git?.commit ?? git?.tag ?? ''
}

export function isIntegration(kind: Source): boolean {
  return kind !== 'git' && kind !== 'template' && kind !== 'none'
}

/** Sentences by the path of the field. The server looks again, at more. */
export function problemsOf({ source, oidc, variables, image }: DeployForm): Record<string, string> {
  const { kind } = source
  const ofVariables = variables.flatMap((one, index) => {
    const problem = variableProblem(one, variables)
    return problem === undefined ? [] : [[`variables.${index}.name`, problem]]
  })
  return {
    ...(kind === 'git' && source.repoUrl.trim() === '' && { 'source.repoUrl': 'Where is the program?' }),
    ...(kind === 'template' &&
      source.templateUrl.trim() === '' && { 'source.templateUrl': 'Where is the template?' }),
    ...(isIntegration(kind) &&
      source.repository.trim() === '' && { 'source.repository': 'Which repository?' }),
    ...((kind === 'git' || isIntegration(kind)) &&
      source.branch.trim() === '' &&
      source.pinnedTo === '' && { 'source.branch': 'Which branch?' }),
    ...credentialsProblem(source),
    ...(image.enabled && image.reference.trim() === '' && { 'image.reference': 'Which image?' }),
    ...(image.enabled && imageProblem(image)),
    ...Object.fromEntries(ofVariables),
    ...oidcProblems(oidc),
  }
}

/** What is chosen and not filled in would be saved as none, without a word. */
function credentialsProblem({ kind, credentials, ...source }: SourceForm): Record<string, string> {
  if (kind !== 'git' && kind !== 'template') return {}
  if (credentials === 'token' && !isGiven(source.accessToken))
    return { 'source.accessToken.text': 'Type the token.' }
  if (credentials === 'ssh' && !isGiven(source.sshPrivateKey))
    return { 'source.sshPrivateKey.text': 'Paste the key.' }
  if (credentials === 'password' && !isGiven(source.userName))
    return { 'source.userName.text': 'Type the user name.' }
  return {}
}

function imageProblem({ username, password }: DeployForm['image']): Record<string, string> {
  const isNamed = username.trim() !== ''
  if (isNamed === isGiven(password)) return {}
  return isNamed
    ? { 'image.password.text': 'A user name needs its password.' }
    : { 'image.username': 'Whose password is it?' }
}
