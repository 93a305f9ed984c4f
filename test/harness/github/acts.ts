/** What people do on the local GitHub, each with the delivery that GitHub makes of it. */
import { workingCopyOf } from '../working-copy.ts'
import {
  commentPayload,
  type Delivery,
  delivery,
  type HookTarget,
  pullRequestPayload,
  pushPayload,
  reviewPayload,
} from './events.ts'
import type { GitHub } from './github.ts'
import { headOf, type PullRequest, type Repository } from './repositories.ts'

export interface Acts {
  /** Commits the files (null removes one) on the branch and pushes it by git. */
  push(
    repository: string,
    change: {
      readonly branch: string
      readonly files: Readonly<Record<string, string | null>>
      readonly message?: string
      readonly as?: string
      /** Replaces the commit that is there. */
      readonly amend?: boolean
    },
  ): Promise<Delivery & { readonly commit: string }>
  tag(repository: string, tag: string): Promise<Delivery>
  deleteBranch(repository: string, branch: string): Promise<Delivery>
  openPullRequest(
    repository: string,
    about: Partial<PullRequest> & Pick<PullRequest, 'head' | 'author'>,
  ): Promise<Delivery & { readonly pullRequest: PullRequest }>
  /** After a push to its head (`synchronize`), or with changed facts. */
  pullRequest(
    repository: string,
    number: number,
    action: string,
    change?: Partial<Pick<PullRequest, 'title' | 'draft' | 'state' | 'merged' | 'labels' | 'base'>>,
  ): Promise<Delivery>
  comment(repository: string, number: number, author: string, body: string): Promise<Delivery>
  review(
    repository: string,
    number: number,
    author: string,
    state: string,
    commit?: string,
  ): Promise<Delivery>
}

export function actsOn(github: GitHub, target: HookTarget): Acts {
  const place = { webUrl: github.webUrl, repositories: github.repositories }
  const repositoryOf = (name: string): Repository => {
    const found = github.repositories.get(name)
    if (found === undefined) throw new Error(`There is no ${name}.`)
    return found
  }
  const numbered = (repository: Repository, number: number): PullRequest => {
    const found = repository.pullRequests.find((one) => one.number === number)
    if (found === undefined) throw new Error(`There is no pull request ${number}.`)
    return found
  }
  /** As GitHub does: the head of a pull request can be had from the repository that it is for, also that of a fork. */
  const fetchHead = async (repository: Repository, one: PullRequest): Promise<void> => {
    const commit = await headOf(repositoryOf(one.head.repository), `refs/heads/${one.head.branch}`)
    if (commit === undefined) return
    const from = await repositoryOf(one.head.repository).git('rev-parse', '--absolute-git-dir')
    await repository.git('fetch', '--quiet', '--force', from, `${commit}:refs/pull/${one.number}/head`)
  }

  return {
    async push(name, { branch, files, message = 'A change', as, amend = false }) {
      const repository = repositoryOf(name)
      const login = as ?? name.split('/')[0] ?? ''
      const before = await headOf(repository, `refs/heads/${branch}`)
      const password = github.makeToken(login)
      const work = await workingCopyOf(`${github.webUrl}/${name}.git`, { login, password })
      try {
        if (before !== undefined) await work.git('checkout', '--quiet', '-B', branch, before)
        else await work.git('checkout', '--quiet', '-B', branch)
        if (amend) await work.git('reset', '--quiet', '--soft', 'HEAD~1')
        const commit = await work.commit(message, files)
        await work.git('push', '--quiet', '--force', 'origin', branch)
        const move = { ref: `refs/heads/${branch}`, ...(before && { before }), after: commit, sender: login }
        return { ...delivery('push', await pushPayload(repository, move, place), target), commit }
      } finally {
        await work.remove()
      }
    },
    async tag(name, tag) {
      const repository = repositoryOf(name)
      await repository.git('tag', tag, 'main')
      const after = await repository.git('rev-parse', `refs/tags/${tag}`)
      const move = { ref: `refs/tags/${tag}`, after, sender: name.split('/')[0] ?? '' }
      return delivery('push', await pushPayload(repository, move, place), target)
    },
    async deleteBranch(name, branch) {
      const repository = repositoryOf(name)
      const before = await repository.git('rev-parse', `refs/heads/${branch}`)
      await repository.git('update-ref', '-d', `refs/heads/${branch}`)
      const move = { ref: `refs/heads/${branch}`, before, sender: name.split('/')[0] ?? '' }
      return delivery('push', await pushPayload(repository, move, place), target)
    },
    async openPullRequest(name, about) {
      const repository = repositoryOf(name)
      const pullRequest: PullRequest = {
        number: repository.pullRequests.length + 1,
        title: 'A change',
        authorType: 'User',
        draft: false,
        state: 'open',
        merged: false,
        labels: [],
        base: 'main',
        ...about,
      }
      repository.pullRequests.push(pullRequest)
      await fetchHead(repository, pullRequest)
      const told = { action: 'opened', sender: pullRequest.author }
      const payload = await pullRequestPayload(repository, pullRequest, told, place)
      return { ...delivery('pull_request', payload, target), pullRequest }
    },
    async pullRequest(name, number, action, change = {}) {
      const repository = repositoryOf(name)
      const one = numbered(repository, number)
      const before = one.base
      Object.assign(one, change)
      await fetchHead(repository, one)
      const changes = change.base === undefined ? undefined : { base: { ref: { from: before } } }
      const told = { action, sender: one.author, ...(changes && { changes }) }
      return delivery('pull_request', await pullRequestPayload(repository, one, told, place), target)
    },
    async comment(name, issue, author, body) {
      const repository = repositoryOf(name)
      const id = repository.id * 1000 + repository.comments.length + 1
      const comment = { id, issue, author, type: 'User' as const, body }
      repository.comments.push(comment)
      return delivery('issue_comment', commentPayload(repository, comment, place), target)
    },
    async review(name, number, author, state, commit) {
      const repository = repositoryOf(name)
      const one = numbered(repository, number)
      const at = commit ?? (await headOf(repository, `refs/pull/${number}/head`)) ?? ''
      repository.reviews.push({
        id: repository.reviews.length + 1,
        number,
        author,
        state: state.toUpperCase(),
        commit: at,
      })
      const review = { author, state, commit: at }
      return delivery('pull_request_review', await reviewPayload(repository, one, review, place), target)
    },
  }
}
