import { Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import type { StackNames } from '../deployments/deployments.ts'
import { GuardedButton } from '../parts/guarded-button.tsx'
import { NewScheduleForm } from './new-schedule-form.tsx'

interface Props {
  readonly names: StackNames
  /** Why the person may not; undefined when they may. */
  readonly whyNot: string | undefined
}

export function NewScheduleButton({ names, whyNot }: Props) {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <GuardedButton whyNot={whyNot} onClick={open} leftSection={<IconPlus size={16} aria-hidden />}>
        New schedule
      </GuardedButton>
      <Modal opened={isOpen} onClose={close} title={`New schedule for ${names.project}/${names.stack}`}>
        <NewScheduleForm names={names} onDone={close} />
      </Modal>
    </>
  )
}
