/** Where a job gets its program and its image, with the credentials for both in clear. */
import type { ExecutorImage, GitAuth, GitSource } from '@daypass/contract/job-protocol.ts'
import type { ClaimedDeployment } from '../deployments/claim.ts'
import type { GitFacts } from '../deployments/git-facts.ts'
import { type GitPlace, sourceOf, usableGitAuth } from '../deployments/source.ts'
import { originOf, registryOf } from '../settings/repository-url.ts'
import { openBound, type SealContext } from '../settings/seal.ts'
import type { StoredSettings, StoredValue } from '../settings/settings.ts'

/** Undefined when a credential does not open. */
export async function jobSourceOf(
  context: SealContext,
  { settings, git, gitHostId }: Pick<ClaimedDeployment, 'settings' | 'git' | 'gitHostId'>,
): Promise<{ readonly source: GitSource | null } | undefined> {
  const place = sourceOf(settings)
  if (place === null) return { source: null }
  // `checkRunnable` let it in with the same rule.
  if ('reason' in place) throw new Error(`A deployment without a source was queued: ${place.message}`)
  const auth = await gitAuthOf(context, place)
  if (auth === undefined) return undefined
  const { gitAuth: _sealed, ...source } = place
  return {
    source: {
      ...source,
      auth: auth.gitAuth,
      authFromHost: gitHostId !== null && auth.gitAuth === null,
      commitBranch: branchOf(git),
    },
  }
}

function branchOf(git: GitFacts | null): string | null {
  const [, branch = null] = /^refs\/heads\/(.+)$/.exec(git?.ref ?? '') ?? []
  return branch
}

async function gitAuthOf(
  context: SealContext,
  { gitAuth, repoUrl }: GitPlace,
): Promise<{ readonly gitAuth: GitAuth | null } | undefined> {
  const way = usableGitAuth({ gitAuth, repoUrl })
  if (gitAuth === undefined || way === 'none' || way === 'none-fits') return { gitAuth: null }
  const origin = originOf(repoUrl)
  const open = (value: StoredValue | undefined) => openOf(context, 'git', value, origin)
  if (way === 'accessToken') {
    const token = await open(gitAuth.accessToken)
    return token === undefined ? undefined : { gitAuth: { kind: 'token', token } }
  }
  if (way === 'basicAuth') {
    const username = await open(gitAuth.basicAuth?.userName)
    const password = await open(gitAuth.basicAuth?.password)
    if (username === undefined || password === undefined) return undefined
    return { gitAuth: { kind: 'basic', username, password } }
  }
  const privateKey = await open(gitAuth.sshAuth?.sshPrivateKey)
  const passphrase = await open(gitAuth.sshAuth?.password)
  if (privateKey === undefined) return undefined
  if (passphrase === undefined && gitAuth.sshAuth?.password !== undefined) return undefined
  return { gitAuth: { kind: 'ssh', privateKey, passphrase: passphrase ?? null } }
}

/** Undefined when its password does not open. */
export async function jobImageOf(
  context: SealContext,
  settings: StoredSettings,
): Promise<{ readonly image: ExecutorImage | null } | undefined> {
  const { reference, credentials } = settings.executorContext?.executorImage ?? {}
  if (reference === undefined) return { image: null }
  if (credentials === undefined) return { image: { reference, credentials: null } }
  const password = await openOf(context, 'registry', credentials.password, registryOf(reference))
  if (password === undefined) return undefined
  return { image: { reference, credentials: { username: credentials.username, password } } }
}

/** Undefined also for a credential of another origin, which `seal` does not let in: here it is the last gate. */
async function openOf(
  context: SealContext,
  purpose: 'git' | 'registry',
  value: StoredValue | undefined,
  origin: string | undefined,
): Promise<string | undefined> {
  if (value === undefined || typeof value === 'string') return value
  const opened = await openBound(context, purpose, value.ciphertext)
  return opened?.origin === origin ? opened?.value : undefined
}
