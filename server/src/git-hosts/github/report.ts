/** What is said on GitHub: commit statuses, check runs (of an App only), and one comment a pull request. */
import { type CommitStatus, type HostApi, isHostRefusal } from '../adapter.ts'
import { field, list, wholeNumber } from '../json.ts'
import { allPages } from '../pages.ts'
import { OTHER_FORM } from '../refusals.ts'
import type { AskRepository } from './api.ts'
import type { AppPermissions } from './app-token.ts'

const LONGEST_DESCRIPTION = 140
const LONGEST_SUMMARY = 65_535
const COMMENTS = { perPage: 100, most: 10 }

export function reports(ask: AskRepository, isApp: boolean): Pick<HostApi, 'setStatus' | 'upsertComment'> {
  return {
    async setStatus(repository, commit, status) {
      if (isApp && status.summary !== undefined) {
        // One of the name on the commit, the same from queued to its conclusion.
        const filter = `check_name=${encodeURIComponent(status.context)}&filter=latest`
        const found = await ask(repository, CHECKS, { path: `/commits/${commit}/check-runs?${filter}` })
        if (isHostRefusal(found)) return found
        const id = wholeNumber(field(list(field(found.json, 'check_runs'))[0], 'id'))
        const body = checkRun(status)
        const answer = await (id === undefined
          ? ask(repository, CHECKS, {
              method: 'POST',
              path: '/check-runs',
              body: { ...body, head_sha: commit },
            })
          : ask(repository, CHECKS, { method: 'PATCH', path: `/check-runs/${id}`, body }))
        return isHostRefusal(answer) ? answer : undefined
      }
      const { context, url } = status
      const answer = await ask(repository, STATUSES, {
        method: 'POST',
        path: `/statuses/${commit}`,
        body: {
          state: status.state === 'running' ? 'pending' : status.state,
          context,
          description: status.description.slice(0, LONGEST_DESCRIPTION),
          target_url: url,
        },
      })
      return isHostRefusal(answer) ? answer : undefined
    },

    async upsertComment(repository, number, { marker, body, commentId }) {
      let id = commentId
      if (id === undefined) {
        const comments = await allPages(async (page) => {
          const path = `/issues/${number}/comments?per_page=${COMMENTS.perPage}&page=${page}`
          const answer = await ask(repository, PULLS_WRITE, { path })
          return isHostRefusal(answer) ? answer : list(answer.json)
        }, COMMENTS)
        if (isHostRefusal(comments)) return comments
        const ours = comments === 'too-many' ? undefined : comments.find((one) => isOurs(one, marker, isApp))
        const found = wholeNumber(field(ours, 'id'))
        id = found === undefined ? undefined : String(found)
      }
      if (id !== undefined) {
        const path = `/issues/comments/${id}`
        const answer = await ask(repository, PULLS_WRITE, { method: 'PATCH', path, body: { body } })
        if (!isHostRefusal(answer)) return { commentId: id }
        // Somebody deleted it.
        if (answer.code !== 'HOST_NOT_FOUND') return answer
      }
      const path = `/issues/${number}/comments`
      const answer = await ask(repository, PULLS_WRITE, { method: 'POST', path, body: { body } })
      if (isHostRefusal(answer)) return answer
      const made = wholeNumber(field(answer.json, 'id'))
      return made === undefined ? OTHER_FORM : { commentId: String(made) }
    },
  }
}

const CHECKS: AppPermissions = { checks: 'write' }
const STATUSES: AppPermissions = { statuses: 'write' }
const PULLS_WRITE: AppPermissions = { pull_requests: 'write' }

/** Anybody can write the marker: a comment of somebody else cannot be changed by us anyway. */
function isOurs(comment: unknown, marker: string, isApp: boolean): boolean {
  if (isApp && field(comment, 'user', 'type') !== 'Bot') return false
  const body = field(comment, 'body')
  return typeof body === 'string' && body.startsWith(marker)
}

function checkRun({ context, state, description, url, summary }: CommitStatus) {
  const output = { title: description.slice(0, 255), summary: (summary ?? '').slice(0, LONGEST_SUMMARY) }
  const common = { name: context, details_url: url, output }
  if (state === 'pending') return { ...common, status: 'queued' }
  if (state === 'running') return { ...common, status: 'in_progress' }
  return { ...common, status: 'completed', conclusion: state === 'success' ? 'success' : 'failure' }
}
