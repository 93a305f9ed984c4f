/** Deliveries of the local GitHub, in the shape of its published examples and signed as it signs. */
import { createHmac, randomUUID } from 'node:crypto'
import { exampleOf, type Place, pullRequestAnswer, repositoryAnswer, userAnswer } from './answers.ts'
import { headOf, type PullRequest, type Repository } from './repositories.ts'

export interface Delivery {
  readonly id: string
  readonly event: string
  readonly body: string
  /**
   * Not sending one is losing it, sending one again is doubling it, and the order is the caller's.
   *
   * @returns The status that was answered.
   */
  readonly send: () => Promise<number>
}

export interface HookTarget {
  readonly url: string
  readonly secret: string
}

const ZEROS = '0'.repeat(40)

export function delivery(event: string, payload: object, target: HookTarget): Delivery {
  const [id, body] = [randomUUID(), JSON.stringify(payload)]
  const signature = createHmac('sha256', target.secret).update(body).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/000000',
    'x-github-delivery': id,
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${signature}`,
  }
  return {
    id,
    event,
    body,
    send: async () => (await fetch(target.url, { method: 'POST', headers, body })).status,
  }
}

/** @param ref `refs/heads/…` or `refs/tags/…`; `before` and `after` undefined where there is none. */
export async function pushPayload(
  repository: Repository,
  move: { readonly ref: string; readonly before?: string; readonly after?: string; readonly sender: string },
  place: Place,
): Promise<object> {
  const { ref, before, after, sender } = move
  const commits =
    before === undefined || after === undefined || !ref.startsWith('refs/heads/')
      ? []
      : await commitsOf(repository, `${before}..${after}`)
  const head = after === undefined ? null : ((await commitsOf(repository, '-1', after)).at(-1) ?? null)
  const ancestor =
    before === undefined || after === undefined
      ? before
      : await repository.git('merge-base', before, after).catch(() => undefined)
  return {
    ...exampleOf('push', (one) => one.ref === 'refs/heads/master'),
    ref,
    before: before ?? ZEROS,
    after: after ?? ZEROS,
    created: before === undefined,
    deleted: after === undefined,
    forced: before !== undefined && after !== undefined && ancestor !== before,
    repository: repositoryAnswer(repository, place),
    pusher: { name: sender, email: `${sender}@example.com` },
    sender: userAnswer(sender),
    commits,
    head_commit: head,
  }
}

/** The oldest first, as GitHub lists them. */
async function commitsOf(repository: Repository, ...range: string[]): Promise<object[]> {
  const ids = (await repository.git('rev-list', '--reverse', ...range)).split('\n').filter((id) => id !== '')
  return Promise.all(
    ids.map(async (id) => {
      const files = async (filter: string) => {
        const words = ['-r', '--root', '-m', '--no-commit-id', '--name-only', '-z', `--diff-filter=${filter}`]
        return (await repository.git('diff-tree', ...words, id)).split('\0').filter((name) => name !== '')
      }
      const [added, removed, modified] = await Promise.all(['A', 'D', 'M'].map(files))
      return { id, message: await repository.git('log', '-1', '--format=%B', id), added, removed, modified }
    }),
  )
}

export async function pullRequestPayload(
  repository: Repository,
  one: PullRequest,
  about: { readonly action: string; readonly sender: string; readonly changes?: object },
  place: Place,
): Promise<object> {
  return {
    action: about.action,
    number: one.number,
    pull_request: await pullRequestAnswer(repository, one, place),
    repository: repositoryAnswer(repository, place),
    sender: userAnswer(about.sender),
    ...(about.changes && { changes: about.changes }),
  }
}

export function commentPayload(
  repository: Repository,
  comment: { readonly id: number; readonly issue: number; readonly author: string; readonly body: string },
  place: Place,
): object {
  const example = exampleOf('issue_comment', ({ action }) => action === 'created')
  return {
    ...example,
    issue: {
      ...example.issue,
      number: comment.issue,
      pull_request: { url: `${place.webUrl}/${repository.name}/pulls/${comment.issue}` },
    },
    comment: { ...example.comment, id: comment.id, user: userAnswer(comment.author), body: comment.body },
    repository: repositoryAnswer(repository, place),
    sender: userAnswer(comment.author),
  }
}

export async function reviewPayload(
  repository: Repository,
  one: PullRequest,
  review: { readonly author: string; readonly state: string; readonly commit?: string },
  place: Place,
): Promise<object> {
  const example = exampleOf('pull_request_review', ({ action }) => action === 'submitted')
  const commit = review.commit ?? (await headOf(repository, `refs/pull/${one.number}/head`))
  return {
    ...example,
    review: { ...example.review, user: userAnswer(review.author), state: review.state, commit_id: commit },
    pull_request: await pullRequestAnswer(repository, one, place),
    repository: repositoryAnswer(repository, place),
    sender: userAnswer(review.author),
  }
}
