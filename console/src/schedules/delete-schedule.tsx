import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import type { StackNames } from '../deployments/deployments.ts'
import { useDeleteSchedule } from './actions.ts'
import { type Schedule, whatOf, whenOf } from './schedules.ts'

interface Props {
  readonly names: StackNames
  /** Undefined: nothing is asked. */
  readonly schedule: Schedule | undefined
  readonly onClose: () => void
}

export function DeleteSchedule({ names, schedule, onClose }: Props) {
  const remove = useDeleteSchedule(names)
  const close = () => {
    remove.reset()
    onClose()
  }
  return (
    <Modal opened={schedule !== undefined} onClose={close} title="Delete the schedule?">
      {schedule && (
        <Stack>
          <Text>
            {whatOf(schedule)}, {whenOf(schedule)}. It runs no more; deployments that it has started go on.
          </Text>
          {remove.error && (
            <Alert color="red" role="alert">
              {remove.error.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button
              color="red"
              loading={remove.isPending}
              onClick={() => remove.mutate(schedule.id, { onSuccess: close })}
            >
              Delete
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}
