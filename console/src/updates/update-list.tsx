/** The history of a stack: each update that may have changed it, the newest first. */
import { Code, Group, Paper, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { StackNames } from '../deployments/deployments.ts'
import { StatusIcon } from '../deployments/status.tsx'
import { Empty } from '../parts/empty.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Pages } from '../parts/pages.tsx'
import { QueryView } from '../parts/query-view.tsx'
import rows from '../parts/rows.module.css'
import { TimeAgo } from '../parts/time-ago.tsx'
import { ChangeCounts } from './change-counts.tsx'
import { authorOf, commitOf, momentOfSeconds, statusOf } from './update.ts'
import { PAGE_SIZE, type Update, updatesQuery } from './updates.ts'

const route = getRouteApi('/$organization/$project/$stack/updates')

export function UpdateList() {
  const names = route.useParams()
  const { page = 1 } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useQuery({ ...updatesQuery(names, page), placeholderData: keepPreviousData })
  return (
    <QueryView query={query}>
      {({ updates, total }) =>
        total === 0 ? (
          <Empty title="No updates yet">
            Run <code>pulumi up</code>, or deploy; each update appears here.
          </Empty>
        ) : (
          <Stack>
            <Paper withBorder>
              {updates.map((update) => (
                <UpdateRow key={update.updateID} names={names} update={update} />
              ))}
            </Paper>
            <Pages
              total={total}
              pageSize={PAGE_SIZE}
              page={page}
              onChange={(next) => navigate({ search: next > 1 ? { page: next } : {} })}
            />
          </Stack>
        )
      }
    </QueryView>
  )
}

function UpdateRow({ names, update }: { readonly names: StackNames; readonly update: Update }) {
  const { version, info } = update
  const commit = commitOf(update)
  return (
    <Group px="md" py="sm" gap="sm" wrap="nowrap" className={rows.row}>
      <StatusIcon status={statusOf(update)} />
      <Stack gap={0} style={{ minWidth: 0, flex: 1 }}>
        <Group gap="sm">
          <PageLink
            to="/$organization/$project/$stack/updates/$version"
            params={{ ...names, version: String(version) }}
            fw={500}
          >
            {version}: {info.kind}
          </PageLink>
          <ChangeCounts counts={info.resourceChanges} />
        </Group>
        {(info.message || commit) && (
          <Text size="sm" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
            {info.message} {commit && <Code>{commit.slice(0, 12)}</Code>}
          </Text>
        )}
      </Stack>
      <Text size="sm" c="dimmed" visibleFrom="xs" truncate maw={200}>
        {authorOf(update)}
      </Text>
      <Text size="sm" c="dimmed" component="span" style={{ flexShrink: 0 }}>
        <TimeAgo at={momentOfSeconds(info.startTime)} />
      </Text>
    </Group>
  )
}
