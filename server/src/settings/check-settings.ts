/** What must hold of settings as a whole, once a request is merged over what was saved. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { DraftSettings } from './settings.ts'

/** The first thing that is missing or does not go together; undefined when they can be saved. */
export function checkSettings(settings: DraftSettings): Refusal | undefined {
  const missing = missingField(settings)
  if (missing !== undefined) return bad('missing_field', `${missing} is missing.`)
  const git = settings.sourceContext?.git
  if (git?.branch !== undefined && git.commit !== undefined) {
    return bad(
      'invalid_field',
      'sourceContext.git.branch and sourceContext.git.commit exclude each other; send one.',
    )
  }
  if (settings.gitHub !== undefined && settings.vcs !== undefined) {
    return bad('invalid_field', 'gitHub and vcs exclude each other; send one.')
  }
  const hasFreshCredentials = Object.values(git?.gitAuth ?? {}).some(
    (one) => typeof one === 'object' && ('secret' in one || Object.values(one).some(isClear)),
  )
  if (git?.repoUrl === undefined && hasFreshCredentials) {
    return bad(
      'git_auth_without_repository',
      'sourceContext.git.gitAuth is kept for one repository only; send sourceContext.git.repoUrl with it.',
    )
  }
  return undefined
}

function isClear(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'secret' in value
}

/** Blocks are kept whole or not at all: an answer with half of one is unreadable for generated clients. */
function missingField(settings: DraftSettings): string | undefined {
  const { aws, gcp } = settings.operationContext?.oidc ?? {}
  const image = settings.executorContext?.executorImage
  const { sshAuth } = settings.sourceContext?.git?.gitAuth ?? {}
  const { basicAuth } = settings.sourceContext?.git?.gitAuth ?? {}
  const blocks: readonly [string, object | undefined, readonly string[]][] = [
    ['operationContext.oidc.aws', aws, ['roleArn', 'sessionName']],
    ['operationContext.oidc.gcp', gcp, ['projectId', 'workloadPoolId', 'providerId', 'serviceAccount']],
    ['executorContext.executorImage', image, ['reference']],
    ['executorContext.executorImage.credentials', image?.credentials, ['username', 'password']],
    ['sourceContext.git.gitAuth.sshAuth', sshAuth, ['sshPrivateKey']],
    ['sourceContext.git.gitAuth.basicAuth', basicAuth, ['userName']],
    ['vcs', settings.vcs, ['provider']],
    ['cacheOptions', settings.cacheOptions, ['enable']],
  ]
  for (const [path, block, fields] of blocks) {
    const field = block === undefined ? undefined : fields.find((name) => !(name in block))
    if (field !== undefined) return `${path}.${field}`
  }
  return undefined
}

function bad(reason: string, message: string): Refusal {
  return { status: 400, reason, message }
}
