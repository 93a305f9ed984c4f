import { describe, expect, it } from 'vitest'
import { exportPath, filterOf } from './filter.ts'
import { readAuditSearch, readTraceSearch } from './search.ts'

describe('The address of the audit log', () => {
  it('holds what can be asked, and nothing else', () => {
    expect(
      readAuditSearch({ event: 'webhook.created', user: 123, from: 'yesterday', after: 7, x: 'y' }),
    ).toEqual({
      event: 'webhook.created',
      user: '123',
      after: '7',
    })
    expect(readAuditSearch({ after: '-1', event: '' })).toEqual({})
  })
  it('holds what a cloud said', () => {
    expect(readTraceSearch({ of: 'arn:aws:sts::1:assumed-role/a/b', at: undefined })).toEqual({
      of: 'arn:aws:sts::1:assumed-role/a/b',
    })
  })
})

describe('What is asked of the server', () => {
  it('are whole days', () => {
    const { startTime = 0, endTime = 0 } = filterOf({ from: '2026-11-30', to: '2026-11-30' })
    expect(endTime - startTime).toBe(24 * 60 * 60 - 1)
    expect(filterOf({})).toEqual({})
  })
  it('is the same for a download', () => {
    expect(exportPath('a b', { user: 'x&y' }, 'csv')).toBe(
      'api/orgs/a%20b/auditlogs/v2/export?user=x%26y&format=csv',
    )
  })
})
