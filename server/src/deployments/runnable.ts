/**
 * Whether merged settings say all that a deployment needs. What is missing is refused when the deployment is asked
 * for, so that nobody waits for a runner to learn it.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { parseRepositoryUrl, type RepositoryUrl } from '../settings/repository-url.ts'
import type { StoredSettings } from '../settings/settings.ts'

export function checkRunnable(settings: StoredSettings): Refusal | undefined {
  return checkSource(settings) ?? checkClouds(settings)
}

function checkSource(settings: StoredSettings): Refusal | undefined {
  const git = settings.sourceContext?.git
  if (git?.repoUrl === undefined) {
    const hint =
      settings.gitHub === undefined && settings.vcs === undefined
        ? 'Send it, or save it in the deployment settings of the stack.'
        : 'A gitHub or vcs block alone is not enough yet.'
    return bad('no_source', `sourceContext.git.repoUrl is missing. ${hint}`)
  }
  if (git.branch === undefined && git.commit === undefined) {
    return bad(
      'no_source',
      'sourceContext.git.branch or sourceContext.git.commit is missing; send one of them.',
    )
  }
  return usableGitAuth(settings) === 'none-fits'
    ? bad(
        'git_auth_does_not_fit',
        'sourceContext.git.gitAuth does not fit the repository URL: an SSH key needs an ssh:// or git@host:path URL, a token or a password needs https://.',
      )
    : undefined
}

function checkClouds(settings: StoredSettings): Refusal | undefined {
  const { azure, gcp } = settings.operationContext?.oidc ?? {}
  if (azure === undefined && gcp === undefined) return undefined
  return bad(
    'cloud_not_supported_yet',
    'This version exchanges tokens with AWS only; remove operationContext.oidc.azure and operationContext.oidc.gcp to deploy.',
  )
}

export type GitAuthWay = 'sshAuth' | 'accessToken' | 'basicAuth'

/** Pulumi's precedence, SSH key before token before password, among those that the URL's scheme can use. */
export function usableGitAuth(settings: StoredSettings): GitAuthWay | 'none' | 'none-fits' {
  const { gitAuth, repoUrl = '' } = settings.sourceContext?.git ?? {}
  if (gitAuth === undefined) return 'none'
  const parsed = parseRepositoryUrl(repoUrl)
  const scheme = 'scheme' in parsed ? parsed.scheme : 'https'
  return WAYS[scheme].find((way) => gitAuth[way] !== undefined) ?? 'none-fits'
}

const WAYS: Readonly<Record<RepositoryUrl['scheme'], readonly GitAuthWay[]>> = {
  https: ['accessToken', 'basicAuth'],
  http: ['accessToken', 'basicAuth'],
  ssh: ['sshAuth'],
  file: [],
}

function bad(reason: string, message: string): Refusal {
  return { status: 400, reason, message }
}
