import { describe, expect, it } from 'vitest'
import { connectCommand } from './connect-command.ts'
import { type GitDelivery, type GitHost, healthOf, outcomeOf } from './git-host.ts'

const host: GitHost = {
  id: 'one',
  name: 'gitea',
  kind: 'gitea',
  webUrl: 'https://git.example.com',
  eventsUrl: 'https://daypass.example.com/events',
  repositories: [],
  comments: true,
  connected: '2026-11-30T12:00:00Z',
}
const at = '2026-11-30T12:00:00Z'
const polled = { repository: 'acme/shop', nextLook: at, lookedAtNow: false }

describe('The health of a git host', () => {
  it.each([
    ['nothing came', {}, 'quiet', 'Nothing has arrived yet: send a test event there'],
    ['events came', { lastEvent: at }, 'well', 'Events arrive'],
    ['it failed since', { lastEvent: at, lastFailure: { at, message: 'Mend it.' } }, 'failing', 'Mend it.'],
    [
      'a polled repository failed',
      {
        polling: {
          everySeconds: 60,
          agentPoolID: 'one',
          repositories: [polled, { ...polled, failure: { at, code: 'x', message: 'Gone.' } }],
        },
      },
      'failing',
      'Gone.',
    ],
    [
      'polled and fine',
      { polling: { everySeconds: 60, agentPoolID: 'one', repositories: [{ ...polled, lastLook: at }] } },
      'well',
      'It is looked at',
    ],
  ])('%s', (_name, change, kind, says) => expect(healthOf({ ...host, ...change })).toEqual({ kind, says }))
})

const delivery: GitDelivery = {
  id: 'one',
  event: 'push',
  origin: 'host',
  received: at,
  attempts: 1,
  state: 'handled',
}

describe('What followed from a delivery', () => {
  it.each<[string, Partial<GitDelivery>, string, string]>([
    ['it waits', { state: 'waiting' }, 'waiting', 'Waits to be handled'],
    ['ignored', { ignored: 'It was a ping.' }, 'nothing', 'It was a ping.'],
    ['no stack', { stacks: [] }, 'nothing', 'The settings of no stack name this repository'],
    [
      'not for any stack',
      { stacks: [], notConcerned: { other_branch: 2, new_code: 1 } },
      'nothing',
      'Not for 2 stacks: deployed from another branch; Not for 1 stack: new_code',
    ],
    ['deployed', { stacks: [{ stack: 'a/b/c', result: 'deployed' }] }, 'deployed', '1 deployed'],
    ['refused', { stacks: [{ stack: 'a/b/c', result: 'refused' }] }, 'failed', '1 refused'],
    [
      'a stranger’s',
      { stacks: [{ stack: 'a/b/c', result: 'waits', message: 'It comes from a fork.' }] },
      'waiting',
      '1 waits for an approval',
    ],
    ['a problem', { stacks: [], problem: 'The host refused.' }, 'failed', 'The host refused.'],
  ])('%s', (_name, change, kind, says) =>
    expect(outcomeOf({ ...delivery, ...change })).toEqual({ kind, says }),
  )
})

it('The command to connect names the server and the organization', () => {
  expect(connectCommand('custom', 'main', 'https://daypass.example.com')).toBe(
    [
      'export DAYPASS_SERVER=https://daypass.example.com',
      'export PULUMI_ACCESS_TOKEN=pul-…',
      'npx daypass connect custom --org main --url https://git.example.com',
    ].join('\n'),
  )
})
