/** The schedules of a stack: what each does, when it is next, and what became of it last. */
import { Alert, Code, Group, Paper, Stack, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { usePauseSchedule } from './actions.ts'
import { DeleteSchedule } from './delete-schedule.tsx'
import { NewScheduleButton } from './new-schedule-button.tsx'
import { useWhyNotSchedule } from './permission.ts'
import { ScheduleRow } from './schedule-row.tsx'
import { type Schedule, schedulesQuery } from './schedules.ts'

const route = getRouteApi('/$organization/$project/$stack/settings/schedules')

export function ScheduleList() {
  const names = route.useParams()
  const query = useQuery(schedulesQuery(names))
  const pause = usePauseSchedule(names)
  const whyNot = useWhyNotSchedule(names)
  const [going, setGoing] = useState<Schedule | undefined>()
  useDocumentTitle(`Schedules of ${names.project}/${names.stack} · Daypass`)
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2} size="h3">
          Schedules
        </Title>
        <NewScheduleButton names={names} whyNot={whyNot} />
      </Group>
      {pause.error && (
        <Alert color="red" role="alert">
          {pause.error.message}
        </Alert>
      )}
      <QueryView query={query}>
        {(schedules) =>
          schedules.length === 0 ? (
            <Empty title="No schedules yet">
              Press New schedule, or run <Code>pulumi stack schedule new</Code>. It runs with the saved
              deployment settings.
            </Empty>
          ) : (
            <Paper withBorder>
              {schedules.map((schedule) => (
                <ScheduleRow
                  key={schedule.id}
                  names={names}
                  schedule={schedule}
                  whyNot={whyNot}
                  isChanging={pause.isPending && pause.variables.id === schedule.id}
                  onPause={(isPaused) => pause.mutate({ id: schedule.id, isPaused })}
                  onDelete={() => setGoing(schedule)}
                />
              ))}
            </Paper>
          )
        }
      </QueryView>
      <DeleteSchedule names={names} schedule={going} onClose={() => setGoing(undefined)} />
    </Stack>
  )
}
