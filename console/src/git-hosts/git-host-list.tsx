/** The git hosts whose pushes and pull requests deploy, with their health, and how to connect one. */
import { Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { Empty } from '../parts/empty.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import rows from '../parts/rows.module.css'
import { TimeAgo } from '../parts/time-ago.tsx'
import { useIsAdmin } from '../session/session.ts'
import { ConnectHow } from './connect-how.tsx'
import { type GitHost, healthOf, kindWords } from './git-host.ts'
import { gitHostsQuery } from './git-hosts.ts'
import { HealthIcon } from './health.tsx'

const route = getRouteApi('/$organization/settings/git-hosts')

export function GitHostList() {
  const { organization } = route.useParams()
  const isAdmin = useIsAdmin(organization)
  const query = useQuery({ ...gitHostsQuery(organization), enabled: isAdmin })
  return (
    <>
      <PageTitle title="Git hosts" />
      {isAdmin ? (
        <QueryView query={query} skeletonLines={3}>
          {(hosts) => (
            <Stack gap="lg">
              {hosts.length === 0 ? (
                <Empty title="No git host is connected">
                  A connected git host tells Daypass of pushes and pull requests, which then deploy and
                  preview.
                </Empty>
              ) : (
                <Paper withBorder>
                  {hosts.map((host) => (
                    <HostRow key={host.id} organization={organization} host={host} />
                  ))}
                </Paper>
              )}
              <Paper withBorder p="md">
                <Title order={2} size="h4" mb="sm">
                  Connect a git host
                </Title>
                <ConnectHow organization={organization} />
              </Paper>
            </Stack>
          )}
        </QueryView>
      ) : (
        <AdminsOnly organization={organization} what="its git hosts" />
      )}
    </>
  )
}

function HostRow({ organization, host }: { readonly organization: string; readonly host: GitHost }) {
  const health = healthOf(host)
  return (
    <Group px="md" py="sm" gap="sm" wrap="nowrap" className={rows.row} align="flex-start">
      <HealthIcon kind={health.kind} />
      <Stack gap={0} style={{ minWidth: 0, flex: 1 }}>
        <PageLink
          to="/$organization/settings/git-hosts/$host"
          params={{ organization, host: host.name }}
          fw={500}
        >
          {host.name}
        </PageLink>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {kindWords(host.kind)} · {host.webUrl}
        </Text>
        {health.kind !== 'well' && (
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {health.says}
          </Text>
        )}
      </Stack>
      {host.lastEvent && (
        <Text size="sm" c="dimmed" component="span" visibleFrom="xs" style={{ flexShrink: 0 }}>
          <TimeAgo at={new Date(host.lastEvent)} />
        </Text>
      )}
    </Group>
  )
}
