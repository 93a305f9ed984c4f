import { expect, test } from 'vitest'
import { placeOf } from './read.sql.ts'

const ROWS = Array.from({ length: 23 }, (_, at) => at)

/** As the database would, for rows that are stored in ascending order. */
function read({ limit, offset, ascending }: ReturnType<typeof placeOf>): number[] {
  if (limit <= 0) return []
  return (ascending ? ROWS : ROWS.toReversed()).slice(offset, offset + limit)
}

test.each([true, false])(
  'all pages together are the list, wherever they are read from; ascending: %s',
  (ascending) => {
    for (const pageSize of [1, 5, 10, 23, 50]) {
      const pages = Array.from({ length: 25 }, (_, at) => {
        const place = placeOf({ page: at + 1, pageSize, ascending }, ROWS.length)
        expect(place.limit <= 0 || place.offset <= ROWS.length / 2).toBe(true)
        const rows = read(place)
        return place.ascending === ascending ? rows : rows.toReversed()
      })
      expect(pages.flat(), `pages of ${pageSize}`).toEqual(ascending ? ROWS : ROWS.toReversed())
    }
  },
)

test('the last page is read from the end', () => {
  expect(placeOf({ page: 10_000, pageSize: 10, ascending: false }, 100_000)).toEqual({
    limit: 10,
    offset: 0,
    ascending: true,
  })
})

test('there is nothing behind the end', () => {
  expect(placeOf({ page: 4, pageSize: 10, ascending: false }, 30).limit).toBeLessThanOrEqual(0)
  expect(placeOf({ page: 1, pageSize: 10, ascending: false }, 0).limit).toBe(0)
})
