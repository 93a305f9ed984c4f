import type { GitPoll, GitPollReport } from '@daypass/contract/git-polls.ts'
import { expect, test } from 'vitest'
import { pollUntilStopped } from './poll-loop.ts'

const POLL: GitPoll = {
  leaseId: 'l',
  leaseSeconds: 1,
  repository: 'acme/web',
  repositoryUrl: 'https://git.example.com/acme/web.git',
  auth: null,
  watched: [],
  first: false,
}
const SEEN: GitPollReport['result'] = { kind: 'seen', refs: [], all: true, moves: [] }

/** Runs until so many polls were handed out, each looked at by `look`. */
async function loop(polls: number, look: (until: AbortSignal) => Promise<GitPollReport['result']>) {
  const stop = new AbortController()
  const reports: GitPollReport[] = []
  const said: string[] = []
  let handed = 0
  let away = 1
  await pollUntilStopped({
    plane: {
      async claimPoll() {
        if (away-- > 0) return { kind: 'away', reason: 'it answered 503' }
        if (handed < polls) {
          handed += 1
          return { kind: 'ok', value: { poll: POLL, nextSeconds: 30 } }
        }
        stop.abort()
        return { kind: 'ok', value: { poll: null, nextSeconds: 30 } }
      },
      async reportPoll(report) {
        reports.push(report)
        return { kind: 'ok', value: undefined }
      },
    },
    runnerName: 'r',
    look: (_poll, until) => look(until),
    say: (sentence) => said.push(sentence),
    pause: async () => {},
    stop: stop.signal,
  })
  return { reports, said }
}

test('what is handed out is looked at and reported, one after the other, and an outage is waited for', async () => {
  const { reports, said } = await loop(2, async () => SEEN)
  expect(reports).toEqual([
    { leaseId: 'l', result: SEEN },
    { leaseId: 'l', result: SEEN },
  ])
  expect(said).toEqual([])
})

test('a look that throws is a failed one, and a remote that hangs is given up before the lease ends', async () => {
  const thrown = await loop(1, async () => {
    throw new Error('secret detail')
  })
  expect(thrown.reports[0]?.result).toMatchObject({ kind: 'failed', code: 'sandbox_failed' })
  expect(JSON.stringify(thrown.reports)).not.toContain('secret detail')
  const begun = performance.now()
  const hung = await loop(
    1,
    (until) => new Promise((resolve) => until.addEventListener('abort', () => resolve(SEEN))),
  )
  expect(performance.now() - begun).toBeLessThan(1000)
  expect(hung.reports).toHaveLength(1)
})
