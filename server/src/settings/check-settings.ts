/** What must hold of settings as a whole, once a request is merged over what was saved. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { poolFor, unknownPool } from '../access/pool.ts'
import type { Queryable } from '../db/database.ts'
import { missingOidcField } from './read-oidc.ts'
import { originOf } from './repository-url.ts'
import type { DraftSettings, DraftValue, StoredSettings, TemplateSource } from './settings.ts'

/** The first thing that is missing or does not go together; undefined when they can be saved. */
export function checkSettings(settings: DraftSettings): Refusal | undefined {
  const missing = missingField(settings)
  if (missing !== undefined) return bad('missing_field', `${missing} is missing.`)
  const git = settings.sourceContext?.git
  if (git?.branch !== undefined && (git.commit !== undefined || git.tag !== undefined)) {
    const other = git.commit === undefined ? 'tag' : 'commit'
    return bad(
      'invalid_field',
      `sourceContext.git.branch and sourceContext.git.${other} exclude each other; send one.`,
    )
  }
  const template = settings.sourceContext?.template
  if (git !== undefined && template !== undefined) {
    return bad(
      'invalid_field',
      'sourceContext.git and sourceContext.template exclude each other; send one, and null for the other.',
    )
  }
  if (settings.gitHub !== undefined && settings.vcs !== undefined) {
    return bad('invalid_field', 'gitHub and vcs exclude each other; send one.')
  }
  const hasFreshCredentials = Object.values(git?.gitAuth ?? {}).some(
    (one) => typeof one === 'object' && ('secret' in one || Object.values(one).some(isClear)),
  )
  if (hasFreshToken(template) && originOf(template?.sourceUrl ?? '') === undefined) {
    return bad(
      'git_auth_without_repository',
      'sourceContext.template.gitAuth is for templates in repositories; the registry takes none.',
    )
  }
  if (git?.repoUrl === undefined && hasFreshCredentials) {
    return bad(
      'git_auth_without_repository',
      'sourceContext.git.gitAuth is kept for one repository only; send sourceContext.git.repoUrl with it.',
    )
  }
  return undefined
}

function hasFreshToken(template: TemplateSource<DraftValue> | undefined): boolean {
  return isClear(template?.gitAuth?.accessToken)
}

function isClear(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'secret' in value
}

/** Blocks are kept whole or not at all: an answer with half of one is unreadable for generated clients. */
function missingField(settings: DraftSettings): string | undefined {
  const image = settings.executorContext?.executorImage
  const { sshAuth } = settings.sourceContext?.git?.gitAuth ?? {}
  const { basicAuth } = settings.sourceContext?.git?.gitAuth ?? {}
  const blocks: readonly [string, object | undefined, readonly string[]][] = [
    ['executorContext.executorImage', image, ['reference']],
    ['executorContext.executorImage.credentials', image?.credentials, ['username', 'password']],
    ['sourceContext.git.gitAuth.sshAuth', sshAuth, ['sshPrivateKey']],
    ['sourceContext.git.gitAuth.basicAuth', basicAuth, ['userName']],
    ['sourceContext.template', settings.sourceContext?.template, ['sourceUrl']],
    ['operationContext.role', settings.operationContext?.role, ['id']],
    ['vcs', settings.vcs, ['provider']],
    ['cacheOptions', settings.cacheOptions, ['enable']],
  ]
  for (const [path, block, fields] of blocks) {
    const field = block === undefined ? undefined : fields.find((name) => !(name in block))
    if (field !== undefined) return `${path}.${field}`
  }
  return missingOidcField(settings.operationContext?.oidc ?? {}, 'operationContext.oidc', ['aws', 'gcp'])
}

function bad(reason: string, message: string): Refusal {
  return { status: 400, reason, message }
}

/** A pool is looked for when it is named anew: one that was deleted since must not stand in the way of other changes. */
export async function checkPool(
  tx: Queryable,
  organizationId: string,
  before: StoredSettings,
  after: DraftSettings,
): Promise<Refusal | undefined> {
  const { agentPoolID } = after
  if (agentPoolID === undefined || agentPoolID === before.agentPoolID) return undefined
  return (await poolFor(tx, organizationId, agentPoolID)) === undefined ? unknownPool(agentPoolID) : undefined
}
