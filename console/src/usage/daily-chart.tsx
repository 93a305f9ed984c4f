/** Minutes of runners for each of the last days, drawn by hand: a chart of thirty bars needs no library. */
import { Paper, Text, Title } from '@mantine/core'
import classes from './daily-chart.module.css'
import { counted, dayWords, roundTop } from './month.ts'
import { CHART_DAYS, type DailyUsage } from './usage.ts'

const WIDTH = 600
const HEIGHT = 140
const GAP = 4
const DAY_SECONDS = 86_400

interface Props {
  /** Days without deployments are left out. */
  readonly days: readonly DailyUsage[]
  readonly now: Date
}

export function DailyChart({ days, now }: Props) {
  const today = Math.floor(now.getTime() / 1000 / DAY_SECONDS) * DAY_SECONDS
  const bars = Array.from({ length: CHART_DAYS }, (_, index) => {
    const begin = today - (CHART_DAYS - 1 - index) * DAY_SECONDS
    const found = days.find(({ UsageRangeStart }) => UsageRangeStart === begin)
    return { begin, minutes: found?.Value ?? 0, deployments: found?.Count ?? 0 }
  })
  const top = roundTop(Math.max(...bars.map(({ minutes }) => minutes)))
  const total = bars.reduce((sum, { minutes }) => sum + minutes, 0)
  const deployments = bars.reduce((sum, bar) => sum + bar.deployments, 0)
  const width = WIDTH / CHART_DAYS
  const said = bars
    .filter(({ minutes }) => minutes > 0)
    .map(({ begin, minutes }) => `${dayWords(begin)} ${minutes}`)
    .join(', ')
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4">
        The last {CHART_DAYS} days
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {counted(total, 'minute')} of runners, {counted(deployments, 'deployment')}
      </Text>
      <div className={classes.frame}>
        <Text size="xs" c="dimmed" className={classes.top} aria-hidden>
          {top} min
        </Text>
        <svg
          role="img"
          aria-label={`Minutes of runners by day: ${said || 'none'}`}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className={classes.chart}
        >
          <line x1="0" x2={WIDTH} y1="0.5" y2="0.5" className={classes.line} />
          <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={classes.line} />
          {bars.map(({ begin, minutes, deployments: count }, index) => {
            const height = (minutes / top) * (HEIGHT - 2)
            return (
              <rect
                key={begin}
                x={index * width + GAP / 2}
                y={HEIGHT - 1 - height}
                width={width - GAP}
                height={height}
                className={classes.bar}
              >
                <title>{`${dayWords(begin)}: ${counted(minutes, 'minute')}, ${counted(count, 'deployment')}`}</title>
              </rect>
            )
          })}
        </svg>
        <Text size="xs" c="dimmed" component="div" className={classes.ends} aria-hidden>
          <span>{dayWords(bars[0]?.begin ?? today)}</span>
          <span>{dayWords(today)}</span>
        </Text>
      </div>
    </Paper>
  )
}
