/** What deployments took: by day, by stack and month, and what they may take. */
import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { DailyChart } from './daily-chart.tsx'
import { LimitsForm } from './limits-form.tsx'
import { MonthTable } from './month-table.tsx'
import { dailyUsageQuery, limitsQuery } from './usage.ts'

const route = getRouteApi('/$organization/settings/usage')

export function UsagePage() {
  const { organization } = route.useParams()
  const daily = useQuery(dailyUsageQuery(organization))
  const limits = useQuery(limitsQuery(organization))
  return (
    <>
      <PageTitle title="Usage" />
      <Stack gap="xl">
        <QueryView query={daily}>{(days) => <DailyChart days={days} now={new Date()} />}</QueryView>
        <MonthTable key={organization} />
        <QueryView query={limits} skeletonLines={3}>
          {(found) => <LimitsForm key={JSON.stringify(found)} organization={organization} limits={found} />}
        </QueryView>
      </Stack>
    </>
  )
}
