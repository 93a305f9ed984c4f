import { describe, expect, it } from 'vitest'
import { EVENT_GROUPS, eventWords, groupsFor } from './event-names.ts'
import { type Delivery, hooksPath, listensTo, ofStack, outcomeOf, readable, whither } from './webhook.ts'

const delivery: Delivery = {
  id: 'one',
  kind: 'ping',
  payload: '{}',
  timestamp: 0,
  duration: 5,
  requestUrl: 'https://hooks.example.com/',
  requestHeaders: 'Content-Type: application/json',
  responseCode: 200,
  responseHeaders: '',
  responseBody: '',
  attempts: 1,
}
const nextAttempt = '2026-11-30T12:00:00Z'

describe('What became of a delivery', () => {
  it.each([
    ['an answer of success', {}, 'delivered', 'Delivered (200)'],
    ['an error, the last', { responseCode: 500 }, 'failed', 'Answered 500'],
    ['an error, tried again', { responseCode: 500, nextAttempt }, 'waiting', 'Answered 500, tried again'],
    ['no answer', { responseCode: 0 }, 'failed', 'No answer'],
    ['not sent yet', { responseCode: 0, attempts: 0, nextAttempt }, 'waiting', 'Waiting to be sent'],
    ['given up unsent', { responseCode: 0, attempts: 0 }, 'failed', 'Not sent'],
    ['under way', { responseCode: 0, requestHeaders: '', nextAttempt }, 'waiting', 'Being sent'],
  ])('%s', (_name, change, kind, says) =>
    expect(outcomeOf({ ...delivery, ...change })).toEqual({ kind, says }),
  )
})

describe('A webhook in words', () => {
  it('shows nothing of the path, which may be a credential', () => {
    expect(whither({ payloadUrl: 'https://hooks.example.com/T0/secret', format: 'slack' })).toBe(
      'hooks.example.com',
    )
    expect(whither({ payloadUrl: 'shop/dev', format: 'pulumi_deployments' })).toBe('updates shop/dev')
  })
  it('listens to everything without filters', () => {
    expect(listensTo({ filters: [], groups: [] })).toBe('everything')
    expect(listensTo({ filters: ['drift_detected'], groups: ['stacks'] })).toBe(
      'everything of stacks, drift_detected',
    )
  })
  it('has the address of its owner, with names as data', () => {
    expect(hooksPath({ organization: 'main' }, 'a b')).toBe('api/orgs/main/hooks/a%20b')
    expect(hooksPath(ofStack({ organization: 'main', project: 'shop', stack: 'dev' }))).toBe(
      'api/stacks/main/shop/dev/hooks',
    )
  })
})

describe('Events', () => {
  it('stand in one group each', () => {
    const names = EVENT_GROUPS.flatMap(({ filters }) => filters)
    expect(names).toHaveLength(21)
    expect(new Set(names).size).toBe(21)
    expect(eventWords('update_succeeded')).toBe('Update succeeded')
  })
  it('of a stack are not its own beginning and end', () => {
    expect(groupsFor(true).flatMap(({ filters }) => filters)).not.toContain('stack_created')
  })
})

it('A body is indented when it is JSON, and as it is when not', () => {
  expect(readable('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(readable('ok')).toBe('ok')
})
