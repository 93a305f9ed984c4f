import { expect, it } from 'vitest'
import { wordsOf } from './cron.ts'

it.each([
  ['0 4 * * *', 'every day at 04:00'],
  ['30 2 * * 1-5', 'Monday to Friday at 02:30'],
  ['0 4 * * 1,3', 'every Monday, Wednesday at 04:00'],
  ['*/15 * * * *', 'every 15 minutes'],
  ['5 * * * *', 'every hour at minute 5'],
  ['0 */4 * * *', 'every 4 hours at minute 0'],
  ['0 4 1 * *', 'on day 1 of every month at 04:00'],
  ['0 4 1 2 *', '0 4 1 2 *'],
  ['1-5 * * * *', '1-5 * * * *'],
  ['0 4 L * *', '0 4 L * *'],
])('%s is %s', (cron, words) => expect(wordsOf(cron)).toBe(words))
