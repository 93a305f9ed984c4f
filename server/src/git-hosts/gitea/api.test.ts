import { expect, test } from 'vitest'
import { readCommitId, readHostLogin, readRepositoryName } from '../../git-events/git-event.ts'
import { HostUnavailable } from '../adapter.ts'
import { gitea } from './gitea.ts'

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)]

function apiWith(answers: Readonly<Record<string, () => Response>>) {
  const asked: string[] = []
  const host = {
    id: 'x',
    kind: 'gitea',
    webUrl: 'https://git.example.com',
    apiUrl: 'https://git.example.com/api/v1',
    settings: {},
    secrets: { webhookSecret: 's', token: 't0ken' },
  } as const
  const api = gitea.api(host, {
    now: () => new Date(0),
    fetch: async (input, init) => {
      const path = String(input).slice(host.apiUrl.length)
      asked.push(`${init?.method} ${path} ${new Headers(init?.headers).get('authorization')}`)
      return answers[path]?.() ?? new Response('{"message":"not found"}', { status: 404 })
    },
  })
  return { api, asked }
}

const named = {
  repository: readRepositoryName('acme/web'),
  before: readCommitId(A),
  after: readCommitId(B),
  login: readHostLogin('octo'),
}
function known() {
  const { repository, before, after, login } = named
  if (!repository || !before || !after || !login) throw new Error('These are names.')
  return { repository, before, after, login }
}

test('what changed between two commits, unless the one does not follow on the other', async () => {
  const { repository, before, after } = known()
  const commits = (...files: string[][]) =>
    Response.json({ commits: files.map((some) => ({ files: some.map((filename) => ({ filename })) })) })
  const there = `/repos/acme/web/compare/${A}...${B}`
  const back = `/repos/acme/web/compare/${B}...${A}`
  const ask = (some: Readonly<Record<string, () => Response>>) =>
    apiWith(some).api.changedFiles(repository, before, after)
  expect(await ask({ [there]: () => commits(['a'], ['b', 'a']), [back]: () => commits() })).toEqual([
    'a',
    'b',
  ])
  expect(await ask({ [there]: () => commits(['a']), [back]: () => commits(['c']) })).toBe('unknown')
  expect(await ask({ [there]: () => commits(['a'], []), [back]: () => commits() })).toBe('unknown')
  expect(await ask({})).toMatchObject({ code: 'HOST_NOT_FOUND' })
})

test('who may write, with the token in the header and nowhere else', async () => {
  const { repository, login } = known()
  const path = '/repos/acme/web/collaborators/octo/permission'
  const { api, asked } = apiWith({ [path]: () => Response.json({ permission: 'owner' }) })
  expect(await api.permissionOf(repository, login)).toBe('admin')
  expect(asked).toEqual([`GET ${path} token t0ken`])
  const strange = apiWith({ [path]: () => Response.json({ permission: 'god' }) })
  expect(await strange.api.permissionOf(repository, login)).toBe('none')
  expect(await apiWith({}).api.permissionOf(repository, login)).toBe('none')
})

test('a branch that is gone is told from a repository that is not shown', async () => {
  const { repository } = known()
  const seen = apiWith({ '/repos/acme/web': () => Response.json({}) })
  expect(await seen.api.branchHead(repository, 'main')).toBeUndefined()
  expect(await apiWith({}).api.branchHead(repository, 'main')).toMatchObject({ code: 'HOST_NOT_FOUND' })
})

test('one comment is kept up to date, and made again when somebody deleted it', async () => {
  const { repository } = known()
  const comments = '/repos/acme/web/issues/3/comments'
  const made = () => Response.json({ id: 5 }, { status: 201 })
  const list = [
    { id: 1, user: { login: 'mallory' }, body: '<!-- daypass -->' },
    { id: 2, user: { login: 'daypass' }, body: '<!-- daypass --> old' },
  ]
  const { api, asked } = apiWith({
    '/user': () => Response.json({ login: 'daypass' }),
    [comments]: () => Response.json(list),
    '/repos/acme/web/issues/comments/2': () => Response.json({ id: 2 }),
  })
  const comment = { marker: '<!-- daypass -->', body: 'new', commentId: undefined }
  expect(await api.upsertComment(repository, 3, comment)).toEqual({ commentId: '2' })
  expect(asked.at(-1)).toContain('PATCH /repos/acme/web/issues/comments/2')
  const gone = apiWith({ [comments]: made })
  expect(await gone.api.upsertComment(repository, 3, { ...comment, commentId: '9' })).toEqual({
    commentId: '5',
  })
})

test('an outage and too many requests are no refusals', async () => {
  const { repository } = known()
  const with_ = (response: () => Response) =>
    apiWith({ '/repos/acme/web/branches/main': response }).api.branchHead(repository, 'main')
  await expect(with_(() => new Response('', { status: 502 }))).rejects.toBeInstanceOf(HostUnavailable)
  const limited = with_(() => new Response('', { status: 429, headers: { 'retry-after': '30' } }))
  await expect(limited).rejects.toMatchObject({ resetAt: new Date(30_000) })
})
