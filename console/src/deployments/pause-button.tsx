/** Holds back the deployments of one stack, or lets them go on. */
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { GuardedButton } from '../parts/guarded-button.tsx'
import { sayNotDone } from '../parts/not-done.ts'
import type { StackNames } from './deployments.ts'
import { usePause } from './pause.ts'
import { useWhyNotDeploy } from './permission.ts'

interface Props {
  readonly names: StackNames
  /** Undefined before it is known. */
  readonly isPaused: boolean | undefined
}

export function PauseButton({ names, isPaused }: Props) {
  const pause = usePause(names)
  const Icon = isPaused ? IconPlayerPlay : IconPlayerPause
  return (
    <GuardedButton
      whyNot={useWhyNotDeploy(names)}
      variant="default"
      leftSection={<Icon size={16} aria-hidden />}
      loading={isPaused === undefined || pause.isPending}
      onClick={() => pause.mutate(!isPaused, { onError: sayNotDone })}
    >
      {isPaused ? 'Resume deployments' : 'Pause deployments'}
    </GuardedButton>
  )
}
