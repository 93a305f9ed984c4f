import { describe, expect, it } from 'vitest'
import { NOTHING_TOLD, tell } from './events.ts'

const urn = 'urn:pulumi:dev::shop::pulumi:index:Stash::caller'
const metadata = (op: string) => ({ op, urn, type: 'pulumi:index:Stash', new: { inputs: { a: 1 } } })

describe('Events', () => {
  it('of one step become one step, with its last state', () => {
    const begun = tell(NOTHING_TOLD, [
      { sequence: 0, resourcePreEvent: { metadata: { ...metadata('update'), diffs: ['a'] } } },
    ])
    expect(begun.steps.map(({ state }) => state)).toEqual(['begun'])
    const { steps } = tell(begun, [{ sequence: 1, resOutputsEvent: { metadata: metadata('update') } }])
    expect(steps.map(({ state, differing }) => [state, differing])).toEqual([['done', ['a']]])
  })
  it('of a resource that stays keep no values', () =>
    expect(
      tell(NOTHING_TOLD, [{ sequence: 0, resOutputsEvent: { metadata: metadata('same') } }]).steps[0]?.new,
    ).toBeUndefined())
  it('tell messages, but not those that only passed by', () => {
    const said = (message: string, more: object = {}) => ({ message, severity: 'info', ...more })
    const { messages } = tell(NOTHING_TOLD, [
      { sequence: 0, diagnosticEvent: said('gone', { ephemeral: true }) },
      { sequence: 1, diagnosticEvent: said('stays\n', { severity: 'info#err', prefix: '> ' }) },
      { sequence: 2, errorEvent: { error: 'broken' } },
      { sequence: 3, policyEvent: said('not so', { enforcementLevel: 'mandatory', resourceUrn: urn }) },
    ])
    expect(messages.map(({ severity, text }) => `${severity}: ${text}`)).toEqual([
      'info: > stays',
      'error: broken',
      'error: not so',
    ])
  })
})
