/** What each stack took in a month, for whoever may read it. */
import { Button, Group, Paper, Table, Text, Title } from '@mantine/core'
import { IconChevronLeft, IconChevronRight, IconDownload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { basePath } from '../api/base.ts'
import { Empty } from '../parts/empty.tsx'
import { ButtonLink, PageLink } from '../parts/page-link.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { minutesOf, monthBeside, monthOf, monthWords } from './month.ts'
import { type MonthlyUsage, monthlyUsageQuery, monthPath } from './usage.ts'

const HERE = '/$organization/settings/usage'
const route = getRouteApi(HERE)

export function MonthTable() {
  const { organization } = route.useParams()
  const current = monthOf(new Date())
  const { month = current } = route.useSearch()
  const query = useQuery({ ...monthlyUsageQuery(organization, month), placeholderData: keepPreviousData })
  const next = monthBeside(month, 1)
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {monthWords(month)}
        </Title>
        <Group gap="xs">
          <ButtonLink
            to={HERE}
            params={{ organization }}
            search={{ month: monthBeside(month, -1) }}
            variant="default"
            size="xs"
            aria-label={`The month before ${monthWords(month)}`}
          >
            <IconChevronLeft size={16} aria-hidden />
          </ButtonLink>
          <ButtonLink
            to={HERE}
            params={{ organization }}
            search={next === current ? {} : { month: next }}
            variant="default"
            size="xs"
            disabled={month >= current}
            aria-label={`The month after ${monthWords(month)}`}
          >
            <IconChevronRight size={16} aria-hidden />
          </ButtonLink>
          <Button
            component="a"
            href={basePath + monthPath(organization, month, 'csv')}
            download
            variant="default"
            size="xs"
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            CSV
          </Button>
        </Group>
      </Group>
      <QueryView query={query} skeletonLines={4}>
        {(usage) => <Stacks organization={organization} usage={usage} />}
      </QueryView>
    </Paper>
  )
}

function Stacks({ organization, usage }: { readonly organization: string; readonly usage: MonthlyUsage }) {
  if (usage.stacks.length === 0)
    return <Empty title="No deployments in this month">Runners worked for no stack that you may read.</Empty>
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Stack</Table.Th>
          <Table.Th ta="end">Deployments</Table.Th>
          <Table.Th ta="end">Minutes</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {usage.stacks.map(({ stackId, project, stack, deployments, runnerSeconds }) => (
          <Table.Tr key={stackId}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <PageLink
                to="/$organization/$project/$stack"
                params={{ organization, project, stack }}
                size="sm"
              >
                {project}/{stack}
              </PageLink>
            </Table.Td>
            <Table.Td ta="end">{deployments.toLocaleString()}</Table.Td>
            <Table.Td ta="end">{minutesOf(runnerSeconds).toLocaleString()}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
      <Table.Tfoot>
        <Table.Tr>
          <Table.Th>
            <Text size="sm" fw={600}>
              Together
            </Text>
          </Table.Th>
          <Table.Th ta="end">{usage.deployments.toLocaleString()}</Table.Th>
          <Table.Th ta="end">{minutesOf(usage.runnerSeconds).toLocaleString()}</Table.Th>
        </Table.Tr>
      </Table.Tfoot>
    </Table>
  )
}
