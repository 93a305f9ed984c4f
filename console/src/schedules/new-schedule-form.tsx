/** What is to happen, and when: again and again, or once. */
import { Alert, Checkbox, NativeSelect, Radio, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { OPERATIONS, type Operation } from '../deployments/deployment.ts'
import type { StackNames } from '../deployments/deployments.ts'
import { ActionForm } from '../parts/action-form.tsx'
import { MONOSPACE } from '../parts/monospace.ts'
import { useCreateSchedule } from './actions.ts'
import { wordsOf } from './cron.ts'
import { type Filled, newFilled, requestOf } from './new-schedule.ts'

const KINDS = [
  { value: 'raw', label: 'An operation', description: 'Any operation of a deployment' },
  { value: 'drift', label: 'Drift detection', description: 'Looks whether the cloud was changed by others' },
  { value: 'ttl', label: 'Time to live', description: 'Destroys the stack’s resources at one moment' },
] as const

interface Props {
  readonly names: StackNames
  readonly onDone: () => void
}

export function NewScheduleForm({ names, onDone }: Props) {
  const [filled, setFilled] = useState(() => newFilled(Intl.DateTimeFormat().resolvedOptions().timeZone))
  const change = (next: Partial<Filled>) => setFilled((before) => ({ ...before, ...next }))
  const create = useCreateSchedule(names)
  const { kind, operation, isOnce, remediates, removesStack } = filled
  const run = () => create.mutateAsync(requestOf(filled)).then(onDone)
  return (
    <ActionForm action="Create schedule" run={run} onCancel={onDone}>
      <Radio.Group label="What" value={kind} onChange={(value) => change({ kind: value as Filled['kind'] })}>
        <Stack gap="xs" mt="xs">
          {KINDS.map((one) => (
            <Radio key={one.value} {...one} />
          ))}
        </Stack>
      </Radio.Group>
      {kind === 'raw' && (
        <NativeSelect
          label="Operation"
          value={operation}
          onChange={({ currentTarget }) => change({ operation: currentTarget.value as Operation })}
          data={OPERATIONS.map((one) => ({ value: one.operation, label: `${one.operation}: ${one.says}` }))}
        />
      )}
      {kind === 'raw' && (
        <SegmentedControl
          aria-label="How often"
          data={['Again and again', 'Once']}
          value={isOnce ? 'Once' : 'Again and again'}
          onChange={(value) => change({ isOnce: value === 'Once' })}
        />
      )}
      {kind === 'ttl' || (kind === 'raw' && isOnce) ? (
        <MomentField filled={filled} onChange={change} />
      ) : (
        <CronFields filled={filled} onChange={change} />
      )}
      {kind === 'drift' && (
        <Checkbox
          label="Undo what others changed"
          checked={remediates}
          onChange={({ currentTarget }) => change({ remediates: currentTarget.checked })}
        />
      )}
      {kind === 'ttl' && (
        <Checkbox
          label="Remove the stack itself afterwards"
          checked={removesStack}
          onChange={({ currentTarget }) => change({ removesStack: currentTarget.checked })}
        />
      )}
      {(kind === 'ttl' || (kind === 'raw' && operation === 'destroy')) && (
        <Alert color="red">
          This deletes every resource of the stack from the cloud. It cannot be undone.
        </Alert>
      )}
    </ActionForm>
  )
}

interface FieldProps {
  readonly filled: Filled
  readonly onChange: (next: Partial<Filled>) => void
}

function MomentField({ filled, onChange }: FieldProps) {
  return (
    <TextInput
      label="When"
      description="In your own time."
      type="datetime-local"
      required
      value={filled.at}
      onChange={({ currentTarget }) => onChange({ at: currentTarget.value })}
    />
  )
}

function CronFields({ filled: { cron, timeZone }, onChange }: FieldProps) {
  const words = wordsOf(cron)
  return (
    <>
      <TextInput
        label="Cron expression"
        description={words === cron ? 'Minute, hour, day, month, weekday: 0 4 * * 1' : `It means: ${words}`}
        required
        value={cron}
        onChange={({ currentTarget }) => onChange({ cron: currentTarget.value })}
        styles={MONOSPACE}
      />
      <TextInput
        label="Time zone"
        description="Such as Europe/Berlin or UTC."
        required
        value={timeZone}
        onChange={({ currentTarget }) => onChange({ timeZone: currentTarget.value })}
      />
    </>
  )
}
