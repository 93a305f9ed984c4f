/** A delivery of Gitea as a fixture: what the adapter reads, the same in every run and on every machine. */
import type { Received } from './receiver.ts'

/** The rest is links, pictures and counts. */
const KEPT_FIELDS = [
  ...['ref', 'ref_type', 'before', 'after', 'commits', 'total_commits', 'head_commit', 'id', 'message'],
  ...[
    'added',
    'removed',
    'modified',
    'pusher',
    'pusher_type',
    'sender',
    'user',
    'login',
    'repository',
    'full_name',
  ],
  ...[
    'clone_url',
    'html_url',
    'private',
    'fork',
    'default_branch',
    'action',
    'number',
    'pull_request',
    'title',
    'body',
  ],
  ...[
    'state',
    'draft',
    'merged',
    'merge_commit_sha',
    'head',
    'base',
    'label',
    'sha',
    'repo',
    'repo_id',
    'merge_base',
  ],
  ...[
    'labels',
    'name',
    'issue',
    'is_pull',
    'comment',
    'review',
    'type',
    'content',
    'commit_id',
    'changes',
    'from',
  ],
]
const KEPT_HEADERS = ['x-gitea-event', 'x-gitea-event-type']
const ZEROS = '0'.repeat(40)

export function recordingOf({ headers, body }: Received, url: string): string {
  const kept = Object.fromEntries(KEPT_HEADERS.map((name) => [name, headers[name]]))
  const delivery = JSON.parse(body.toString())
  const text = JSON.stringify(
    { headers: kept, body: delivery },
    [...KEPT_HEADERS, 'headers', ...KEPT_FIELDS],
    2,
  )
  // By the order in which they come, for commits are of a time.
  const commits: string[] = []
  const named = text.replaceAll(url, 'https://git.example.com').replaceAll(/\b[0-9a-f]{40}\b/g, (commit) => {
    if (commit === ZEROS) return commit
    if (!commits.includes(commit)) commits.push(commit)
    return String(commits.indexOf(commit) + 1).repeat(40)
  })
  return `${named}\n`
}
