/**
 * Where a deployment's program comes from, as its settings say it: a repository, a template, or the executor image.
 *
 * A template is a folder of a repository, named by one URL as people copy it from their browser.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { parseRepositoryUrl, type RepositoryUrl } from '../settings/repository-url.ts'
import type { GitAuth, StoredSettings, StoredValue } from '../settings/settings.ts'

export interface GitPlace {
  readonly repoUrl: string
  /** Neither branch nor commit: whatever the repository's HEAD names. */
  readonly branch: string | null
  readonly commit: string | null
  readonly tag: string | null
  readonly repoDir: string
  readonly template: boolean
  readonly gitAuth: GitAuth<StoredValue> | undefined
}

/** Null: the program is in the executor image. */
export function sourceOf(settings: StoredSettings): GitPlace | null | Refusal {
  const { git, template } = settings.sourceContext ?? {}
  if (template !== undefined) {
    if (git !== undefined)
      return bad('sourceContext.git and sourceContext.template exclude each other; send one.')
    return templatePlace(template)
  }
  if (git?.repoUrl === undefined) return withoutRepository(settings)
  const { repoUrl, branch, commit, tag } = git
  if (branch === undefined && commit === undefined && tag === undefined)
    return bad('sourceContext.git.branch or sourceContext.git.commit is missing; send one of them.')
  if (tag !== undefined && branch !== undefined)
    return bad('sourceContext.git.branch and sourceContext.git.tag exclude each other; send one.')
  const tagName = tag?.replace(/^refs\/tags\//, '')
  return {
    repoUrl,
    branch: branch ?? (commit === undefined && tagName !== undefined ? `refs/tags/${tagName}` : null),
    commit: commit ?? null,
    tag: tagName ?? null,
    repoDir: git.repoDir ?? '',
    template: false,
    gitAuth: git.gitAuth,
  }
}

function withoutRepository(settings: StoredSettings): null | Refusal {
  const isLinked = settings.gitHub !== undefined || settings.vcs !== undefined
  if (settings.sourceContext === undefined && !isLinked && settings.executorContext?.executorImage)
    return null
  const hint = isLinked
    ? 'Send it, or name the repository in the gitHub or vcs block.'
    : 'Send it, or save it in the deployment settings of the stack. (Without any sourceContext the program is taken from the executor image, which executorContext.executorImage has to name.)'
  return bad(`sourceContext.git.repoUrl is missing. ${hint}`)
}

function templatePlace({
  sourceUrl,
  gitAuth,
}: NonNullable<NonNullable<StoredSettings['sourceContext']>['template']>): GitPlace | Refusal {
  if (sourceUrl === undefined)
    return bad('sourceContext.template.sourceUrl is missing; send the https URL of a repository.')
  if (/^registry:/i.test(sourceUrl)) {
    return {
      status: 400,
      reason: 'not_supported_yet',
      message:
        "sourceContext.template.sourceUrl names Pulumi's registry, which this service does not have: send the https URL of the template's repository, with /tree/<branch>/<folder> behind it if the template is not in its root.",
    }
  }
  const place = parseTemplateUrl(sourceUrl)
  if (place === undefined) {
    return bad(
      `sourceContext.template.sourceUrl must be https://<host>/<owner>/<repository>, with /tree/<branch>/<folder> behind it if wanted: ${JSON.stringify(sourceUrl.slice(0, 200))} is not.`,
    )
  }
  return { ...place, tag: null, template: true, gitAuth }
}

/** Closed: what does not have this form is refused, for its parts reach git's command line in a job. */
export function parseTemplateUrl(
  sourceUrl: string,
): Pick<GitPlace, 'repoUrl' | 'branch' | 'commit' | 'repoDir'> | undefined {
  const [, host, path = ''] = /^(https:\/\/[^/?#@]+)\/([^?#]+?)\/*$/i.exec(sourceUrl) ?? []
  const parts = path.split('/')
  if (host === undefined || parts.some((part) => !/^[\w.+~-]+$/.test(part) || /^\.\.?$/.test(part)))
    return undefined
  // A host with nested groups says where the repository ends, by `.git` or by `/-/tree/`; others have owner/name.
  const named = parts.findIndex((part) => part.endsWith('.git'))
  const dash = parts.indexOf('-')
  const end = named >= 0 ? named + 1 : dash >= 0 ? dash : 2
  const repository = parts.slice(0, end)
  const rest = parts.slice(dash >= 0 && dash === end ? end + 1 : end)
  const repoUrl = `${host}/${repository.join('/')}`
  if (repository.length < 2 || !('scheme' in parseRepositoryUrl(repoUrl))) return undefined
  if (rest[0] !== 'tree') return { repoUrl, branch: null, commit: null, repoDir: rest.join('/') }
  const [, ref, ...folder] = rest
  if (ref === undefined || ref.endsWith('.lock') || ref.startsWith('-') || ref.startsWith('.'))
    return undefined
  const isCommit = /^[0-9a-f]{40}$/i.test(ref)
  return {
    repoUrl,
    branch: isCommit ? null : ref,
    commit: isCommit ? ref : null,
    repoDir: folder.join('/'),
  }
}

export type GitAuthWay = 'sshAuth' | 'accessToken' | 'basicAuth'

/** Pulumi's precedence, SSH key before token before password, among those that the URL's scheme can use. */
export function usableGitAuth({
  gitAuth,
  repoUrl,
}: Pick<GitPlace, 'gitAuth' | 'repoUrl'>): GitAuthWay | 'none' | 'none-fits' {
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

function bad(message: string): Refusal {
  return { status: 400, reason: 'no_source', message }
}
