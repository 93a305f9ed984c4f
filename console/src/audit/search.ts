/** What of the audit log's pages stands in their addresses. Undefined, which is of no address, is what is not asked. */

export interface AuditSearch {
  /** Only events of this kind. */
  readonly event?: string
  /** Only what this login did. */
  readonly user?: string
  /** Days as `2026-11-30`, both with the whole of them. */
  readonly from?: string
  readonly to?: string
  /** Where the page before ended. */
  readonly after?: string
}

const DAY = /^20\d\d-\d\d-\d\d$/

export function readAuditSearch(given: Record<string, unknown>): AuditSearch {
  const day = (value: unknown) => (typeof value === 'string' && DAY.test(value) ? value : undefined)
  return withoutNothing({
    event: words(given['event']),
    user: words(given['user']),
    from: day(given['from']),
    to: day(given['to']),
    after: /^[1-9]\d*$/.test(String(given['after'])) ? String(given['after']) : undefined,
  })
}

export interface TraceSearch {
  /** What a cloud's log says. */
  readonly of?: string
  /** When it says so. */
  readonly at?: string
}

export function readTraceSearch({ of, at }: Record<string, unknown>): TraceSearch {
  return withoutNothing({ of: words(of), at: words(at) })
}

/** A number too: an address does not say which of both was meant. */
function words(value: unknown): string | undefined {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined
}

type Given<Search> = { [Key in keyof Search]?: NonNullable<Search[Key]> }

function withoutNothing<Search extends object>(search: Search): Given<Search> {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined),
  ) as Given<Search>
}
