/** The resources of a stack: as a tree, or as a picture when it is asked for. What is shown stands in the address. */
import { Group, SegmentedControl, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import type { StackNames } from '../deployments/deployments.ts'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { ResourceTree } from './resource-tree.tsx'
import { resourcesQuery } from './resources.ts'
import type { OverviewSearch } from './search.ts'
import { rowsOf, treeOf } from './tree.ts'

const ResourceGraph = lazy(async () => ({
  default: (await import('./resource-graph.tsx')).ResourceGraph,
}))
const ResourceDetails = lazy(async () => ({
  default: (await import('./resource-details.tsx')).ResourceDetails,
}))
const route = getRouteApi('/$organization/$project/$stack/')

export function Resources({ names }: { readonly names: StackNames }) {
  const { search = '', view, resource } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (next: Partial<OverviewSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false })
  const open = (urn: string | undefined) => change({ resource: urn })
  const query = useQuery(resourcesQuery(names))
  const found = useMemo(() => {
    if (search === '') return query.data ?? []
    return rowsOf(treeOf(query.data ?? []), new Set(), search).map(({ node }) => node.resource)
  }, [query.data, search])
  return (
    <QueryView query={query}>
      {(resources) =>
        resources.length === 0 ? (
          <Empty title="No resources">
            Run <code>pulumi up</code>, or deploy; what it makes appears here.
          </Empty>
        ) : (
          <Stack gap="sm">
            <Group>
              <TextInput
                aria-label="Search resources"
                placeholder="Search by name, type or id"
                leftSection={<IconSearch size={16} aria-hidden />}
                value={search}
                onChange={({ currentTarget: { value } }) => change({ search: value || undefined })}
                flex={1}
                miw={220}
                maw={420}
              />
              <SegmentedControl
                aria-label="How to show resources"
                data={[
                  { value: 'tree', label: 'Tree' },
                  { value: 'graph', label: 'Graph' },
                ]}
                value={view ?? 'tree'}
                onChange={(value) => change({ view: value === 'graph' ? 'graph' : undefined })}
              />
            </Group>
            <Text size="sm" c="dimmed" aria-live="polite">
              {found.length.toLocaleString()} of {resources.length.toLocaleString()} resources
            </Text>
            {found.length === 0 && (
              <Empty title="No resource has these words">Search for something else.</Empty>
            )}
            {found.length > 0 && view !== 'graph' && (
              <ResourceTree resources={resources} words={search} onOpen={open} />
            )}
            {found.length > 0 && view === 'graph' && (
              <Suspense fallback={<Skeleton height={200} />}>
                <ResourceGraph resources={found} onOpen={open} />
              </Suspense>
            )}
            <Suspense>{resource && <ResourceDetails names={names} urn={resource} onOpen={open} />}</Suspense>
          </Stack>
        )
      }
    </QueryView>
  )
}
