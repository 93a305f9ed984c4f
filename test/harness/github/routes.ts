/** What the local GitHub answers, by the operation's name in the description. Whoever asks has been let in already. */
import { type Place, pullRequestAnswer, repositoryAnswer, userAnswer } from './answers.ts'
import { changesBetween, headOf, type Repository } from './repositories.ts'
import type { KnownRequest } from './request-check.ts'

export interface Answer {
  readonly status: number
  readonly body?: unknown
}
export interface Asked extends KnownRequest {
  readonly repository: Repository
  /** As whom comments are written. */
  readonly caller: { readonly login: string; readonly type: 'User' | 'Bot' }
  readonly place: Place
}
type Route = (asked: Asked) => Answer | Promise<Answer>

export const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found' } }
/** GitHub's own limit, of which it says nothing in the answer. */
const MOST_COMPARED_FILES = 300

export const ROUTES: Readonly<Record<string, Route>> = {
  'repos/get': ({ repository, place }) => ({ status: 200, body: repositoryAnswer(repository, place) }),

  'repos/get-collaborator-permission-level': ({ repository, parameters }) => {
    const login = parameters['username'] ?? ''
    const role = repository.collaborators.get(login) ?? (repository.private ? 'none' : 'read')
    return { status: 200, body: { permission: role, role_name: role, user: userAnswer(login) } }
  },

  'repos/get-branch': async ({ repository, parameters }) => {
    const name = parameters['branch'] ?? ''
    const sha = await headOf(repository, `refs/heads/${name}`)
    if (sha === undefined) return { status: 404, body: { message: 'Branch not found' } }
    const message = await repository.git('log', '-1', '--format=%B', sha)
    return { status: 200, body: { name, commit: { sha, commit: { message } }, protected: false } }
  },

  'repos/get-commit': async ({ repository, parameters }) => {
    const sha = await headOf(repository, parameters['ref'] ?? '')
    if (sha === undefined) return { status: 422, body: { message: 'No commit found for SHA' } }
    const message = await repository.git('log', '-1', '--format=%B', sha)
    return { status: 200, body: { sha, commit: { message } } }
  },

  'repos/compare-commits-with-basehead': async ({ repository, parameters }) => {
    const [base = '', head = ''] = (parameters['basehead'] ?? '').split('...')
    if ((await headOf(repository, base)) === undefined || (await headOf(repository, head)) === undefined)
      return NOT_FOUND
    const count = (range: string) => repository.git('rev-list', '--count', range).then(Number)
    const [ahead, behind] = [await count(`${base}..${head}`), await count(`${head}..${base}`)]
    const status =
      ahead > 0 && behind > 0 ? 'diverged' : ahead > 0 ? 'ahead' : behind > 0 ? 'behind' : 'identical'
    const files = (await changesBetween(repository, base, head)).slice(0, MOST_COMPARED_FILES)
    return { status: 200, body: { status, ahead_by: ahead, behind_by: behind, total_commits: ahead, files } }
  },

  'repos/create-commit-status': async ({ repository, parameters, body }) => {
    const sha = parameters['sha'] ?? ''
    if ((await headOf(repository, sha)) === undefined)
      return { status: 422, body: { message: `No commit found for SHA: ${sha}` } }
    repository.statuses.push({ context: 'default', ...body, sha })
    return { status: 201, body: { id: repository.statuses.length, ...body } }
  },

  'checks/create': async ({ repository, body }) => {
    if ((await headOf(repository, body.head_sha)) === undefined)
      return { status: 422, body: { message: `No commit found for SHA: ${body.head_sha}` } }
    const run = { status: 'queued', ...body, id: repository.checkRuns.length + 1 }
    repository.checkRuns.push(run)
    return { status: 201, body: run }
  },
  'checks/get': ({ repository, parameters }) => {
    const run = repository.checkRuns.find(({ id }) => String(id) === parameters['check_run_id'])
    return run === undefined ? NOT_FOUND : { status: 200, body: run }
  },
  'checks/update': ({ repository, parameters, body }) => {
    const run = repository.checkRuns.find(({ id }) => String(id) === parameters['check_run_id'])
    if (run === undefined) return NOT_FOUND
    return { status: 200, body: Object.assign(run, body) }
  },
  'checks/list-for-ref': ({ repository, parameters, query }) => {
    const runs = repository.checkRuns.filter(
      (run) =>
        run.head_sha === parameters['ref'] &&
        (query['check_name'] === undefined || run.name === query['check_name']),
    )
    return { status: 200, body: { total_count: runs.length, check_runs: runs.toReversed() } }
  },

  'issues/list-comments': ({ repository, parameters, query }) => ({
    status: 200,
    body: page(
      repository.comments.filter(({ issue }) => String(issue) === parameters['issue_number']),
      query,
    ).map(commentAnswer),
  }),
  'issues/create-comment': ({ repository, parameters, caller, body }) => {
    const issue = Number(parameters['issue_number'])
    if (!repository.pullRequests.some(({ number }) => number === issue)) return NOT_FOUND
    const id = repository.id * 1000 + repository.comments.length + 1
    const comment = { id, issue, author: caller.login, type: caller.type, body: body.body }
    repository.comments.push(comment)
    return { status: 201, body: commentAnswer(comment) }
  },
  'issues/update-comment': ({ repository, parameters, caller, body }) => {
    const comment = repository.comments.find(({ id }) => String(id) === parameters['comment_id'])
    if (comment === undefined) return NOT_FOUND
    if (comment.author !== caller.login) return { status: 403, body: { message: 'Must have admin rights' } }
    comment.body = body.body
    return { status: 200, body: commentAnswer(comment) }
  },

  'pulls/list': async ({ repository, query, place }) => {
    const state = query['state'] ?? 'open'
    const found = repository.pullRequests.filter((one) => state === 'all' || one.state === state)
    const answers = page(found, query).map((one) => pullRequestAnswer(repository, one, place))
    return { status: 200, body: await Promise.all(answers) }
  },
  'pulls/get': async ({ repository, parameters, place }) => {
    const one = repository.pullRequests.find(({ number }) => String(number) === parameters['pull_number'])
    if (one === undefined) return NOT_FOUND
    return { status: 200, body: await pullRequestAnswer(repository, one, place) }
  },
  'pulls/list-files': async ({ repository, parameters, query }) => {
    const one = repository.pullRequests.find(({ number }) => String(number) === parameters['pull_number'])
    if (one === undefined) return NOT_FOUND
    const files = await changesBetween(repository, `refs/heads/${one.base}`, `refs/pull/${one.number}/head`)
    return { status: 200, body: page(files, query) }
  },
  'pulls/list-reviews': ({ repository, parameters, query }) => {
    const found = repository.reviews.filter(({ number }) => String(number) === parameters['pull_number'])
    const body = page(found, query).map(({ id, author, state, commit }) => ({
      id,
      user: userAnswer(author),
      state,
      commit_id: commit,
    }))
    return { status: 200, body }
  },
}

function commentAnswer({ id, author, type, body }: Repository['comments'][number]): object {
  return { id, user: userAnswer(author, type), body }
}

function page<T>(items: readonly T[], query: Readonly<Record<string, string>>): T[] {
  const size = Math.min(100, Number(query['per_page'] ?? 30))
  const from = (Number(query['page'] ?? 1) - 1) * size
  return items.slice(from, from + size)
}
