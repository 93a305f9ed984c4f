import { describe, expect, it } from 'vitest'
import { newFilled, requestOf } from './new-schedule.ts'

const filled = newFilled('Europe/Berlin')

describe('A schedule as it was filled in', () => {
  it('with an operation takes the rest from the settings', () =>
    expect(requestOf({ ...filled, operation: 'preview', cron: ' 0 4 * * 1 ' })).toEqual({
      kind: 'raw',
      body: {
        scheduleCron: '0 4 * * 1',
        timeZone: 'Europe/Berlin',
        request: { operation: 'preview', inheritSettings: true },
      },
    }))
  it('for once says which moment, and no expression', () => {
    const { body } = requestOf({ ...filled, isOnce: true, at: '2030-12-31T23:59' })
    expect(body).toEqual({
      scheduleOnce: new Date('2030-12-31T23:59').toISOString(),
      request: { operation: 'update', inheritSettings: true },
    })
  })
  it('for drift or an end says what follows', () => {
    expect(requestOf({ ...filled, kind: 'drift', remediates: true }).body).toMatchObject({
      autoRemediate: true,
    })
    expect(requestOf({ ...filled, kind: 'ttl', at: '2030-12-31T23:59' }).body).toMatchObject({
      deleteAfterDestroy: false,
    })
  })
})
