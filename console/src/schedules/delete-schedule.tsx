import { Modal, Text } from '@mantine/core'
import type { StackNames } from '../deployments/deployments.ts'
import { ActionForm } from '../parts/action-form.tsx'
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
  return (
    <Modal opened={schedule !== undefined} onClose={onClose} title="Delete the schedule?">
      {schedule && (
        <ActionForm
          action="Delete"
          color="red"
          run={() => remove.mutateAsync(schedule.id).then(onClose)}
          onCancel={onClose}
        >
          <Text>
            {whatOf(schedule)}, {whenOf(schedule)}. It runs no more; deployments that it has started go on.
          </Text>
        </ActionForm>
      )}
    </Modal>
  )
}
