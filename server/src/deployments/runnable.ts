/**
 * Whether merged settings say all that a deployment needs. What is missing is refused when the deployment is asked
 * for, so that nobody waits for a runner to learn it.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { missingOidcField } from '../settings/read-oidc.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { sourceOf, usableGitAuth } from './source.ts'

export function checkRunnable(settings: StoredSettings): Refusal | undefined {
  return checkRole(settings) ?? checkSource(settings) ?? checkClouds(settings)
}

function checkSource(settings: StoredSettings): Refusal | undefined {
  const source = sourceOf(settings)
  if (source === null || 'reason' in source) return source ?? undefined
  return usableGitAuth(source) === 'none-fits'
    ? bad(
        'git_auth_does_not_fit',
        'sourceContext.git.gitAuth does not fit the repository URL: an SSH key needs an ssh:// or git@host:path URL, a token or a password needs https://.',
      )
    : undefined
}

/** A role may give less than the caller has: a deployment that went on without it would have too much. */
function checkRole(settings: StoredSettings): Refusal | undefined {
  if (settings.operationContext?.role === undefined) return undefined
  return bad(
    'role_not_supported_yet',
    'operationContext.role is kept, but deployments cannot run with a role yet: they have the rights of whoever asked. Remove it to deploy.',
  )
}

/** Pulumi's settings keep half of it, and Entra is asked with both. */
function checkClouds(settings: StoredSettings): Refusal | undefined {
  const oidc = settings.operationContext?.oidc ?? {}
  const missing = missingOidcField(oidc, 'operationContext.oidc', ['azure'])
  return missing === undefined ? undefined : bad('missing_field', `${missing} is missing.`)
}

function bad(reason: string, message: string): Refusal {
  return { status: 400, reason, message }
}
