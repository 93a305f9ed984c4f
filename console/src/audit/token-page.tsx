/** From an entry in a cloud's log back to the deployment that the token was issued for. */
import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useIsAdmin } from '../session/session.ts'
import { traceQuery } from './audit.ts'
import { AuditHeader } from './audit-header.tsx'
import { TraceForm } from './trace-form.tsx'
import { TracedDeployment } from './traced-deployment.tsx'

const route = getRouteApi('/$organization/settings/audit-log/tokens')

export function TokenPage() {
  const { organization } = route.useParams()
  const isAdmin = useIsAdmin(organization)
  return (
    <>
      <AuditHeader organization={organization} current="/$organization/settings/audit-log/tokens" />
      {isAdmin ? <Trace /> : <AdminsOnly organization={organization} what="the record of its tokens" />}
    </>
  )
}

function Trace() {
  const { organization } = route.useParams()
  const search = route.useSearch()
  const query = useQuery(traceQuery(organization, search))
  return (
    <Stack>
      <TraceForm key={JSON.stringify(search)} organization={organization} search={search} />
      {search.of && (
        <QueryView query={query} skeletonLines={3}>
          {(deployments) =>
            deployments.length === 0 ? (
              <Empty title="No token fits">
                Look whether it was copied whole. Without a time, the last 90 days are searched.
              </Empty>
            ) : (
              deployments.map((deployment) => (
                <TracedDeployment key={deployment.id} organization={organization} deployment={deployment} />
              ))
            )
          }
        </QueryView>
      )}
    </Stack>
  )
}
