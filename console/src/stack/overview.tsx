/** A stack at a glance: what it gives to others. */
import { Code, Paper, Table, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { read } from '../api/client.ts'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'

const route = getRouteApi('/$organization/$project/$stack')

export function Overview() {
  const { organization, project, stack } = route.useParams()
  const place = [organization, project, stack].map(encodeURIComponent).join('/')
  const outputs = useQuery({
    queryKey: ['outputs', organization, project, stack],
    queryFn: ({ signal }) => read<Record<string, unknown>>(`api/stacks/${place}/outputs`, { signal }),
  })
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="sm">
        Outputs
      </Title>
      <QueryView query={outputs}>
        {(found) => {
          const entries = Object.entries(found)
          if (entries.length === 0) return <Empty title="No outputs">The program exports nothing.</Empty>
          return (
            <Table>
              <Table.Tbody>
                {entries.map(([name, value]) => (
                  <Table.Tr key={name}>
                    <Table.Th>{name}</Table.Th>
                    <Table.Td>
                      <Code style={{ overflowWrap: 'anywhere' }}>
                        {typeof value === 'string' ? value : JSON.stringify(value)}
                      </Code>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }}
      </QueryView>
    </Paper>
  )
}
