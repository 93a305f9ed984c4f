/**
 * What each call wants from its caller. GitHub's OpenAPI description does not say it; its pages do.
 *
 * @see https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 */

/** One of them is enough. */
export type Wanted =
  | 'app'
  | 'person'
  | 'nobody'
  | readonly (readonly [permission: string, level: 'read' | 'write'])[]

const COMMENTS: Wanted = [
  ['issues', 'write'],
  ['pull_requests', 'write'],
]

export const WANTED: Readonly<Record<string, Wanted>> = {
  'apps/get-authenticated': 'app',
  'apps/list-installations': 'app',
  'apps/create-installation-access-token': 'app',
  'apps/get-repo-installation': 'app',
  'apps/create-from-manifest': 'nobody',
  'users/get-authenticated': 'person',
  'repos/get': [['metadata', 'read']],
  'repos/get-collaborator-permission-level': [['metadata', 'read']],
  'repos/get-branch': [['contents', 'read']],
  'repos/get-commit': [['contents', 'read']],
  'repos/compare-commits-with-basehead': [['contents', 'read']],
  'repos/create-commit-status': [['statuses', 'write']],
  'checks/create': [['checks', 'write']],
  'checks/get': [['checks', 'read']],
  'checks/update': [['checks', 'write']],
  'checks/list-for-ref': [['checks', 'read']],
  'issues/list-comments': [
    ['issues', 'read'],
    ['pull_requests', 'read'],
  ],
  'issues/create-comment': COMMENTS,
  'issues/update-comment': COMMENTS,
  'pulls/list': [['pull_requests', 'read']],
  'pulls/get': [['pull_requests', 'read']],
  'pulls/list-files': [['pull_requests', 'read']],
  'pulls/list-reviews': [['pull_requests', 'read']],
}

export type Permissions = Readonly<Record<string, string>>

export function reaches(given: Permissions, wanted: Wanted): boolean {
  if (typeof wanted === 'string') return false
  return wanted.some(([permission, level]) => {
    // Whoever may do anything may read what a repository is.
    if (permission === 'metadata') return true
    return given[permission] === 'write' || given[permission] === level
  })
}
