/** What a stack's saved settings say of events: read once, from the `gitHub` or the `vcs` block. */
import { type FilterProblem, type Filters, readFilters } from '../globs/filters.ts'
import { normalFolder } from '../settings/repository-url.ts'
import type { StoredSettings, VersionControl } from '../settings/settings.ts'

export interface StackRule {
  /** Without `refs/heads/`. Undefined: the settings name none. */
  readonly branch: string | undefined
  /** The folder that is deployed. It does not filter: a program may use files beside it. Filters say what counts. */
  readonly folder: string
  readonly deployCommits: boolean
  readonly deployTags: boolean
  readonly previewPullRequests: boolean
  readonly previewDrafts: boolean
  /** The stack is a template of review stacks. */
  readonly pullRequestTemplate: boolean
  /** A pull request has to have one of them, by case, for a review stack; none: any has. */
  readonly reviewStackLabels: readonly string[]
  readonly paths: Filters | FilterProblem
  readonly tagFilters: Filters | FilterProblem
}

/** A stack with this tag of value `true` previews drafts as well; Pulumi's settings have no field for it. */
export const PREVIEW_DRAFTS_TAG = 'daypass:previewDrafts'

/**
 * Undefined for a stack that no repository is connected to. A flag that is not there is off: Pulumi's clients leave out
 * what is false.
 */
export function stackRuleOf(
  settings: StoredSettings,
  tags: Readonly<Record<string, string>>,
): StackRule | undefined {
  const block: VersionControl | undefined = settings.gitHub ?? settings.vcs
  if (block?.repository === undefined) return undefined
  const { git } = settings.sourceContext ?? {}
  return {
    branch: branchOf(git?.branch),
    folder: normalFolder(git?.repoDir ?? ''),
    deployCommits: block['deployCommits'] === true,
    deployTags: block['deployTags'] === true,
    previewPullRequests: block['previewPullRequests'] === true,
    previewDrafts: tags[PREVIEW_DRAFTS_TAG] === 'true',
    pullRequestTemplate: block['pullRequestTemplate'] === true,
    reviewStackLabels: textsIn(block, 'reviewStackLabels'),
    paths: readFilters(textsIn(block, 'paths')),
    tagFilters: readFilters(textsIn(block, 'tagFilters')),
  }
}

/** `refs/heads/x` and `x` are the same; another ref is no branch. */
function branchOf(ref: string | undefined): string | undefined {
  if (ref === undefined) return undefined
  if (ref.startsWith('refs/heads/')) return ref.slice('refs/heads/'.length)
  return ref.startsWith('refs/') ? undefined : ref
}

function textsIn(block: VersionControl, field: string): readonly string[] {
  const value = block[field]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string' && one !== '') : []
}
