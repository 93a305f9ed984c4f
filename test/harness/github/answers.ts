/** Repositories and pull requests as GitHub shows them: its own published examples with the facts of ours in them. */
import { createRequire } from 'node:module'
import { headOf, type PullRequest, type Repository } from './repositories.ts'

// biome-ignore lint/suspicious/noExplicitAny: foreign examples
type Example = any
const EXAMPLES: readonly { readonly name: string; readonly examples: readonly Example[] }[] = createRequire(
  import.meta.url,
)('@octokit/webhooks-examples')

/** A copy of the first example of the event that fits. */
export function exampleOf(event: string, fits: (example: Example) => boolean = () => true): Example {
  const found = EXAMPLES.find(({ name }) => name === event)?.examples.find(fits)
  if (found === undefined) throw new Error(`GitHub publishes no such example of ${event}.`)
  return structuredClone(found)
}

const PULL_REQUEST: Example = exampleOf('pull_request', ({ action }) => action === 'opened').pull_request

export interface Place {
  readonly webUrl: string
  /** By `owner/name`. */
  readonly repositories: ReadonlyMap<string, Repository>
}

export function userAnswer(login: string, type: 'User' | 'Bot' = 'User'): object {
  return { ...PULL_REQUEST.user, login, type, site_admin: false }
}

export function repositoryAnswer(repository: Repository, { webUrl }: Place): Example {
  const [owner = '', name = ''] = repository.name.split('/')
  const url = `${webUrl}/${repository.name}`
  return {
    ...PULL_REQUEST.base.repo,
    id: repository.id,
    name,
    full_name: repository.name,
    private: repository.private,
    owner: userAnswer(owner),
    html_url: url,
    clone_url: `${url}.git`,
    default_branch: 'main',
  }
}

/** The head's repository is null when it is gone. */
export async function pullRequestAnswer(
  repository: Repository,
  one: PullRequest,
  place: Place,
): Promise<Example> {
  const from = place.repositories.get(one.head.repository)
  const head = await headOf(repository, `refs/pull/${one.number}/head`)
  return {
    ...PULL_REQUEST,
    number: one.number,
    html_url: `${place.webUrl}/${repository.name}/pull/${one.number}`,
    title: one.title,
    user: userAnswer(one.author, one.authorType),
    state: one.state,
    draft: one.draft,
    merged: one.merged,
    labels: one.labels.map((name, id) => ({ id, name, color: '00ff00', default: false })),
    head: {
      label: `${one.head.repository.split('/')[0]}:${one.head.branch}`,
      ref: one.head.branch,
      sha: head,
      user: userAnswer(one.head.repository.split('/')[0] ?? ''),
      repo: from === undefined ? null : repositoryAnswer(from, place),
    },
    base: {
      label: `${repository.name.split('/')[0]}:${one.base}`,
      ref: one.base,
      sha: await headOf(repository, `refs/heads/${one.base}`),
      user: userAnswer(repository.name.split('/')[0] ?? ''),
      repo: repositoryAnswer(repository, place),
    },
  }
}
