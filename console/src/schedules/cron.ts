/** Cron expressions as people say them, where they are of a usual form; any other stays as it is written. */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

export function wordsOf(cron: string): string {
  const [minute = '', hour = '', day = '', month = '', weekday = '', more] = cron.trim().split(/\s+/)
  if (more !== undefined || month !== '*') return cron
  const isDaily = day === '*' && weekday === '*'
  if (isDaily && hour === '*') {
    const every = /^\*\/(\d{1,2})$/.exec(minute)?.[1]
    if (minute === '*') return 'every minute'
    if (every) return `every ${every} minutes`
    return isNumber(minute) ? `every hour at minute ${Number(minute)}` : cron
  }
  if (!isNumber(minute)) return cron
  const hours = /^\*\/(\d{1,2})$/.exec(hour)?.[1]
  if (isDaily && hours) return `every ${hours} hours at minute ${Number(minute)}`
  if (!isNumber(hour)) return cron
  const at = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (isDaily) return `every day ${at}`
  if (day === '*') {
    const days = daysOf(weekday)
    return days ? `${days} ${at}` : cron
  }
  return weekday === '*' && isNumber(day) ? `on day ${Number(day)} of every month ${at}` : cron
}

function daysOf(weekday: string): string | undefined {
  const range = /^([0-7])-([0-7])$/.exec(weekday)
  if (range) return `${DAYS[Number(range[1])]} to ${DAYS[Number(range[2])]}`
  if (!/^[0-7](,[0-7])*$/.test(weekday)) return undefined
  return `every ${weekday
    .split(',')
    .map((one) => DAYS[Number(one)])
    .join(', ')}`
}

function isNumber(text: string): boolean {
  return /^\d{1,2}$/.test(text)
}
