/** The stacks of an organization: what is there, and how it stands. Only the rows in sight are drawn. */
import { Alert, Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { Empty } from '../parts/empty.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { matching } from './match.ts'
import { STATES, type StackListSearch, type StackState } from './search.ts'
import { StackRows } from './stack-rows.tsx'
import { stackPagesQuery } from './stacks.ts'

const route = getRouteApi('/$organization')

export function StackList() {
  const { organization } = route.useParams()
  const { search = '', state } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useInfiniteQuery(stackPagesQuery(organization))
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query
  useEffect(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage()
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage])
  const found = useMemo(() => matching(data ?? [], search, state), [data, search, state])
  const change = (next: StackListSearch) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true })
  return (
    <>
      <PageTitle title="Stacks" />
      <Group mb="sm">
        <TextInput
          aria-label="Search stacks"
          placeholder="Search by project, stack or tag=value"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={({ currentTarget: { value } }) => change({ search: value || undefined })}
          flex={1}
          miw={220}
          maw={420}
        />
        <NativeSelect
          aria-label="State of the stacks"
          value={state ?? ''}
          onChange={({ currentTarget: { value } }) =>
            change({ state: value ? (value as StackState) : undefined })
          }
          data={[
            { value: '', label: 'In any state' },
            ...STATES.map((one) => ({ value: one.state, label: one.label })),
          ]}
        />
      </Group>
      {isFetchNextPageError && (
        <Alert color="red" role="alert" mb="sm">
          Only some of the stacks could be loaded. {query.error?.message}
        </Alert>
      )}
      <QueryView query={query} skeletonLines={10}>
        {(stacks) => {
          if (stacks.length === 0) return <NoStacks />
          return (
            <>
              <Text size="sm" c="dimmed" mb="xs" aria-live="polite">
                {found.length === 1 ? '1 stack' : `${found.length.toLocaleString()} stacks`}
                {hasNextPage && !isFetchNextPageError && ', more are coming'}
              </Text>
              {found.length === 0 ? (
                <Empty title="No stack is so">Search for something else, or in any state.</Empty>
              ) : (
                <StackRows stacks={found} />
              )}
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
