import { Stack, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
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
          <TextInput
            label="Name"
            description="Letters, digits, “_”, “.” and “-”. It cannot be changed later."
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            required
            maxLength={100}
            pattern="[A-Za-z0-9][A-Za-z0-9_.\-]*"
            title="Letters, digits, “_”, “.” and “-”, beginning with a letter or digit"
            data-autofocus
          />
        )}
        <TextInput
          label="Display name"
          value={displayName}
          onChange={({ currentTarget }) => setDisplayName(currentTarget.value)}
          maxLength={100}
        />
        <Textarea
          label="Description"
          value={description}
          onChange={({ currentTarget }) => setDescription(currentTarget.value)}
          maxLength={500}
          autosize
          minRows={2}
        />
      </Stack>
    </ActionForm>
  )
}
