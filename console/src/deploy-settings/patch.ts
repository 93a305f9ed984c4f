/** What is sent to save the page: a merge, so that whatever the page does not show stays. Pure. */
import { type DeployForm, pinnedTo, type SourceForm } from './form.ts'
import { listOf, oidcInput } from './oidc-form.ts'
import { commandsIn } from './pre-run.ts'
import { secretInput, variablesInput } from './secret.ts'
import type { SavedSettings, SettingsPatch } from './settings.ts'

/** @param withOidc Whether the person may change the clouds; left out, they stay. */
export function patchOf(form: DeployForm, saved: SavedSettings, withOidc: boolean): SettingsPatch {
  const { image, pool } = form
  const { skipInstallDependencies, skipIntermediateDeployments } = form
  return {
    ...sourcePatch(form.source, saved),
    agentPoolID: pool === '' ? null : pool,
    operationContext: {
      ...(withOidc && { oidc: oidcInput(form.oidc) }),
      environmentVariables: variablesInput(form.variables, saved.operationContext?.environmentVariables),
      preRunCommands: commandsIn(form.preRunCommands, saved.operationContext?.preRunCommands ?? []),
      options: { skipInstallDependencies, skipIntermediateDeployments },
    },
    cacheOptions: { enable: form.cache },
    executorContext: { executorImage: image.enabled ? imageInput(image) : null },
  }
}

function imageInput({ reference, username, password }: DeployForm['image']) {
  const secret = secretInput(password)
  const hasCredentials = username.trim() !== '' && secret !== null
  return {
    reference: reference.trim(),
    credentials: hasCredentials ? { username: username.trim(), password: secret } : null,
  }
}

type SourcePatch = Pick<SettingsPatch, 'sourceContext' | 'gitHub' | 'vcs'>

function sourcePatch(source: SourceForm, saved: SavedSettings): SourcePatch {
  const { kind } = source
  if (kind === 'none') return { sourceContext: null, gitHub: null, vcs: null }
  if (kind === 'template') {
    const template = { sourceUrl: source.templateUrl.trim(), gitAuth: gitAuthInput(source) }
    return { sourceContext: { git: null, template }, gitHub: null, vcs: null }
  }
  const git = { ...branchInput(source, saved), repoDir: textOrNull(source.repoDir) }
  if (kind === 'git') {
    const whole = { ...git, repoUrl: source.repoUrl.trim(), gitAuth: gitAuthInput(source) }
    return { sourceContext: { git: whole, template: null }, gitHub: null, vcs: null }
  }
  // An integration may stand beside an address of its own, which this page does not show then.
  const wasIntegration = saved.gitHub !== undefined || saved.vcs !== undefined
  const block = integrationInput(source)
  return {
    sourceContext: { git: wasIntegration ? git : { ...git, repoUrl: null, gitAuth: null }, template: null },
    ...(kind === 'github'
      ? { gitHub: block, vcs: null }
      : { gitHub: null, vcs: { ...block, provider: kind } }),
  }
}

/** A branch and a commit or tag exclude each other: whoever names a branch means its head. */
function branchInput({ branch }: SourceForm, { sourceContext }: SavedSettings) {
  const name = textOrNull(branch)
  const isPinned = pinnedTo(sourceContext?.git) !== ''
  return { branch: name, ...(name !== null && isPinned && { commit: null, tag: null }) }
}

function integrationInput(source: SourceForm) {
  const { previewPullRequests, deployCommits, deployTags, pullRequestTemplate } = source
  return {
    repository: source.repository.trim(),
    ...{ previewPullRequests, deployCommits, deployTags, pullRequestTemplate },
    paths: listOf(source.paths),
    tagFilters: listOf(source.tagFilters),
  }
}

/** One way at a time: the others are removed. */
function gitAuthInput(source: SourceForm) {
  const { credentials } = source
  if (credentials === 'none') return null
  return {
    accessToken: credentials === 'token' ? secretInput(source.accessToken) : null,
    sshAuth:
      credentials === 'ssh'
        ? { sshPrivateKey: secretInput(source.sshPrivateKey), password: secretInput(source.sshPassphrase) }
        : null,
    basicAuth:
      credentials === 'password'
        ? {
            userName: source.userName.text || secretInput(source.userName),
            password: secretInput(source.password),
          }
        : null,
  }
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}
