import { Group, Paper } from '@mantine/core'
import { Copy } from '../parts/copy-button.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { type GitHost, healthOf, kindWords } from './git-host.ts'

export function HostFacts({ host }: { readonly host: GitHost }) {
  const { kind, webUrl, eventsUrl, appId, repositories, comments, connected, lastEvent, lastFailure } = host
  return (
    <Paper withBorder p="md">
      <Facts>
        <Fact name="Kind">
          {kindWords(kind)}
          {appId && ` ${appId}`}
        </Fact>
        <Fact name="At">{webUrl}</Fact>
        <Fact name="Health">{healthOf(host).says}</Fact>
        {lastFailure && (
          <Fact name="Failed">
            <TimeAgo at={new Date(lastFailure.at)} />
          </Fact>
        )}
        <Fact name="Connected">
          <TimeAgo at={new Date(connected)} />
        </Fact>
        <Fact name="Last event">{lastEvent ? <TimeAgo at={new Date(lastEvent)} /> : 'none yet'}</Fact>
        {!host.polling && (
          <Fact name="Sends events to">
            <Group gap="xs" wrap="nowrap">
              <span style={{ overflowWrap: 'anywhere', minWidth: 0 }}>{eventsUrl}</span>
              <Copy label="Copy the address for events" text={eventsUrl} />
            </Group>
          </Fact>
        )}
        <Fact name="Repositories">
          {repositories.length > 0 ? repositories.join(', ') : 'all that the host tells of'}
        </Fact>
        {kind !== 'custom' && !host.polling && (
          <Fact name="Comments">{comments ? 'on pull requests' : 'none: statuses alone'}</Fact>
        )}
      </Facts>
    </Paper>
  )
}
