/** The stacks of an organization: what is there, and when it last changed. Only the rows in sight are drawn. */
import { Group, Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Empty } from '../parts/empty.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { matching } from './match.ts'
import { StackRows } from './stack-rows.tsx'
import { stacksQuery } from './stacks.ts'

const route = getRouteApi('/$organization')

export function StackList() {
  const { organization } = route.useParams()
  const { search = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useQuery(stacksQuery(organization))
  return (
    <>
      <PageTitle title="Stacks" />
      <Group mb="sm">
        <TextInput
          aria-label="Search stacks"
          placeholder="Search by project or stack"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={({ currentTarget: { value } }) =>
            navigate({ search: value ? { search: value } : {}, replace: true })
          }
          flex={1}
          maw={420}
        />
      </Group>
      <QueryView query={query} skeletonLines={10}>
        {(stacks) => {
          if (stacks.length === 0) return <NoStacks />
          const found = matching(stacks, search)
          if (found.length === 0)
            return <Empty title="No stack has these words">Search for something else.</Empty>
          return (
            <>
              <Text size="sm" c="dimmed" mb="xs" aria-live="polite">
                {found.length === 1 ? '1 stack' : `${found.length.toLocaleString()} stacks`}
              </Text>
              <StackRows stacks={found} />
            </>
          )
        }}
      </QueryView>
    </>
  )
}

function NoStacks() {
  return (
    <Empty title="No stacks yet">
      Log in with <code>pulumi login {window.location.origin}</code> and run <code>pulumi stack init</code> in
      a project; the stack appears here.
    </Empty>
  )
}
