import { Alert, Anchor, Code, Group, Stack, Text, Title } from '@mantine/core'
import type { StackNames } from '../deployments/deployments.ts'
import { StatusBadge } from '../deployments/status.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { duration } from '../parts/time.ts'
import { TimeAgo } from '../parts/time-ago.tsx'
import { ChangeCounts } from './change-counts.tsx'
import { authorOf, buildUrlOf, commitOf, momentOfSeconds, statusOf } from './update.ts'
import { isRunning, type Update } from './updates.ts'

interface Props {
  readonly names: StackNames
  readonly update: Update
  readonly isPreview: boolean
}

/** What was done, by whom, when and for how long, and the way to the one before and after. */
export function UpdateHeader({ names, update, isPreview }: Props) {
  const { version, info } = update
  const { kind, startTime, endTime, message, resourceChanges } = info
  const commit = commitOf(update)
  const buildUrl = buildUrlOf(update)
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={2} size="h3">
            {isPreview ? previewTitle(kind) : `Update ${version}: ${kind}`}
          </Title>
          <StatusBadge status={statusOf(update)} />
          <ChangeCounts counts={resourceChanges} />
        </Group>
        {!isPreview && <Neighbours names={names} update={update} />}
      </Group>
      {message && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {message}
        </Text>
      )}
      <Text size="sm" c="dimmed" component="p" m={0}>
        <TimeAgo at={momentOfSeconds(startTime)} /> by {authorOf(update)}
        {endTime > 0 && `, took ${duration((endTime - startTime) * 1000)}`}
        {commit && (
          <>
            , commit <Code>{commit.slice(0, 12)}</Code>
          </>
        )}
        {buildUrl && (
          <>
            ,{' '}
            <Anchor href={buildUrl} rel="noopener noreferrer" target="_blank" inherit underline="always">
              its build
            </Anchor>
          </>
        )}
      </Text>
      {isRunning(update) && (
        <Alert color="blue" role="status">
          It is running; this page follows it.
        </Alert>
      )}
    </Stack>
  )
}

/** The CLI calls a preview of an update `preview`, and those of the others by what they would do. */
function previewTitle(kind: string): string {
  return `Preview: ${kind === 'preview' ? 'update' : kind}`
}

function Neighbours({ names, update }: { readonly names: StackNames; readonly update: Update }) {
  const { version, latestVersion } = update
  const link = (to: number, says: string) => (
    <PageLink
      to="/$organization/$project/$stack/updates/$version"
      params={{ ...names, version: String(to) }}
      size="sm"
    >
      {says}
    </PageLink>
  )
  return (
    <Group gap="md" role="navigation" aria-label="Other updates">
      {version > 1 && link(version - 1, 'Older')}
      {version < latestVersion && link(version + 1, 'Newer')}
    </Group>
  )
}
