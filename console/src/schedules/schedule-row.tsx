import { ActionIcon, Badge, Group, Stack, Text } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import { momentOf } from '../deployments/deployment.ts'
import type { StackNames } from '../deployments/deployments.ts'
import { PageLink } from '../parts/page-link.tsx'
import rows from '../parts/rows.module.css'
import { TimeAgo } from '../parts/time-ago.tsx'
import { type Schedule, whatOf, whenOf } from './schedules.ts'

interface Props {
  readonly names: StackNames
  readonly schedule: Schedule
  /** Why the person may not change it; undefined when they may. */
  readonly whyNot: string | undefined
  readonly isChanging: boolean
  readonly onPause: (isPaused: boolean) => void
  readonly onDelete: () => void
}

export function ScheduleRow({ names, schedule, whyNot, isChanging, onPause, onDelete }: Props) {
  const { paused, scheduleCron, actsFor } = schedule
  const what = whatOf(schedule)
  return (
    <Group px="md" py="sm" gap="sm" wrap="nowrap" className={rows.row}>
      <Stack gap={2} style={{ minWidth: 0, flex: 1 }}>
        <Group gap="xs">
          <Text fw={500} span>
            {what}
          </Text>
          {paused && (
            <Badge variant="default" tt="none">
              Paused
            </Badge>
          )}
        </Group>
        <Text size="sm" span title={scheduleCron}>
          {whenOf(schedule)}
        </Text>
        <Text size="sm" c="dimmed" component="span">
          <Next schedule={schedule} />
          {actsFor !== undefined && `, with the rights of ${actsFor}`}
        </Text>
        <LastRun names={names} schedule={schedule} />
      </Stack>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        loading={isChanging}
        disabled={whyNot !== undefined}
        title={whyNot}
        onClick={() => onPause(!paused)}
        aria-label={paused ? `Resume ${what}` : `Pause ${what}`}
      >
        {paused ? <IconPlayerPlay size={18} aria-hidden /> : <IconPlayerPause size={18} aria-hidden />}
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="red"
        size="lg"
        disabled={whyNot !== undefined}
        title={whyNot}
        onClick={onDelete}
        aria-label={`Delete ${what}`}
      >
        <IconTrash size={18} aria-hidden />
      </ActionIcon>
    </Group>
  )
}

function Next({ schedule: { nextExecution, paused } }: { readonly schedule: Schedule }) {
  if (paused) return 'Does not run until it is resumed'
  if (nextExecution === '') return 'Does not run again'
  const at = momentOf(nextExecution)
  return (
    <>
      Next <TimeAgo at={at} />, {at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
    </>
  )
}

function LastRun({ names, schedule }: { readonly names: StackNames; readonly schedule: Schedule }) {
  const { lastRun } = schedule
  if (!lastRun) return null
  const { result, executed, message, deploymentVersion } = lastRun
  return (
    <Text size="sm" c="dimmed" component="span" style={{ overflowWrap: 'anywhere' }}>
      Last <TimeAgo at={momentOf(executed)} />: {result}
      {message !== undefined && ` (${message})`}
      {deploymentVersion !== undefined && (
        <>
          ,{' '}
          <PageLink
            to="/$organization/$project/$stack/deployments/$version"
            params={{ ...names, version: String(deploymentVersion) }}
            inherit
            underline="always"
          >
            deployment #{deploymentVersion}
          </PageLink>
        </>
      )}
    </Text>
  )
}
