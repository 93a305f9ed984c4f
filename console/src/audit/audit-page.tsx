/** What was done in an organization, by whom and when: the newest first. */
import { Button, Group, Stack } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { basePath } from '../api/base.ts'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { Empty } from '../parts/empty.tsx'
import { ButtonLink } from '../parts/page-link.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useIsAdmin } from '../session/session.ts'
import { auditQuery } from './audit.ts'
import { AuditFilters } from './audit-filters.tsx'
import { AuditHeader } from './audit-header.tsx'
import { EventList } from './event-list.tsx'
import { exportPath } from './filter.ts'

const route = getRouteApi('/$organization/settings/audit-log')
const HERE = '/$organization/settings/audit-log'

export function AuditPage() {
  const { organization } = route.useParams()
  const isAdmin = useIsAdmin(organization)
  return (
    <>
      <AuditHeader organization={organization} current={HERE} />
      {/* By its key: of another organization nothing is kept on the screen while its own comes. */}
      {isAdmin ? (
        <Audit key={organization} />
      ) : (
        <AdminsOnly organization={organization} what="what was done in it" />
      )}
    </>
  )
}

function Audit() {
  const { organization } = route.useParams()
  const search = route.useSearch()
  const { after, ...asked } = search
  const query = useQuery({ ...auditQuery(organization, search), placeholderData: keepPreviousData })
  const isFiltered = Object.keys(asked).length > 0
  return (
    <Stack>
      <AuditFilters key={JSON.stringify(asked)} organization={organization} asked={asked} />
      <QueryView query={query} skeletonLines={10}>
        {({ auditLogEvents, continuationToken }) => (
          <>
            {auditLogEvents.length > 0 ? (
              <EventList events={auditLogEvents} />
            ) : (
              <Empty title={isFiltered ? 'Nothing of this kind' : 'Nothing was done yet'}>
                {isFiltered && 'Ask for less, or for another time.'}
              </Empty>
            )}
            <Group justify="space-between">
              <Group gap="xs">
                {after && (
                  <ButtonLink to={HERE} params={{ organization }} search={asked} variant="default">
                    Newest
                  </ButtonLink>
                )}
                {continuationToken && (
                  <ButtonLink
                    to={HERE}
                    params={{ organization }}
                    search={{ ...asked, after: continuationToken }}
                    variant="default"
                  >
                    Older
                  </ButtonLink>
                )}
              </Group>
              <Group gap="xs">
                {(['csv', 'jsonl'] as const).map((format) => (
                  <Button
                    key={format}
                    component="a"
                    href={basePath + exportPath(organization, asked, format)}
                    download
                    variant="default"
                    leftSection={<IconDownload size={16} aria-hidden />}
                  >
                    {format === 'csv' ? 'CSV' : 'JSON lines'}
                  </Button>
                ))}
              </Group>
            </Group>
          </>
        )}
      </QueryView>
    </Stack>
  )
}
