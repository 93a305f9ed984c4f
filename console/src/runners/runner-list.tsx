import { Stack, Text } from '@mantine/core'
import { Empty } from '../parts/empty.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { LastSeen, RunnerStatus } from './pool-status.tsx'
import type { Runner } from './pools.ts'

/** Those that were seen in the last two hours. */
export function RunnerList({ runners }: { readonly runners: readonly Runner[] }) {
  if (runners.length === 0) {
    return (
      <Empty title="No runner was seen in the last two hours">
        Make a token below and start a runner with it; it appears here within seconds.
      </Empty>
    )
  }
  return (
    <Rows label="Runners">
      {runners.map(({ name, hostname, pid, version, platform, ip, status, busy, lastSeen }) => (
        <Row key={`${name} ${hostname} ${pid}`}>
          <Stack gap={2} style={{ minWidth: 0, flex: '1 1 240px', overflowWrap: 'anywhere' }}>
            <Text fw={500}>{name}</Text>
            <Text size="sm" c="dimmed">
              {[hostname !== name && hostname, platform, version && `version ${version}`, ip]
                .filter(Boolean)
                .join(' · ')}
            </Text>
          </Stack>
          <Text size="sm" c="dimmed" component="span">
            <LastSeen seconds={lastSeen} />
          </Text>
          <RunnerStatus status={status} isBusy={busy} />
        </Row>
      ))}
    </Rows>
  )
}
