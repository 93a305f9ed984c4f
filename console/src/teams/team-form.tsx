import { Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import { DescriptionField, NameField } from '../parts/name-fields.tsx'
import type { TeamWords } from './actions.ts'

interface Props {
  readonly action: string
  /** Of a team that there is; its name stays. */
  readonly now?: TeamWords
  readonly run: (words: TeamWords) => Promise<unknown>
  readonly onCancel: () => void
}

export function TeamForm({ action, now, run, onCancel }: Props) {
  const [name, setName] = useState(now?.name ?? '')
  const [displayName, setDisplayName] = useState(now?.displayName ?? '')
  const [description, setDescription] = useState(now?.description ?? '')
  return (
    <ActionForm action={action} run={() => run({ name, displayName, description })} onCancel={onCancel}>
      <Stack gap="sm">
        {now === undefined && (
          <NameField value={name} onChange={setName} follows="It cannot be changed later." />
        )}
        <TextInput
          label="Display name"
          value={displayName}
          onChange={({ currentTarget }) => setDisplayName(currentTarget.value)}
          maxLength={100}
        />
        <DescriptionField value={description} onChange={setDescription} />
      </Stack>
    </ActionForm>
  )
}
