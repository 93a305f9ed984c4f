/** Makes a pool; its first token is shown this once, with the command that starts a runner. */
import { Stack } from '@mantine/core'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { DescriptionField, NameField } from '../parts/name-fields.tsx'
import { type PoolWords, useMakePool } from './actions.ts'
import { NewPoolToken } from './new-pool-token.tsx'

interface Props {
  readonly organization: string
  readonly reason: string | undefined
}

export function NewPool({ organization, reason }: Props) {
  const [made, setMade] = useState<{ readonly name: string; readonly tokenValue: string }>()
  const make = useMakePool(organization)
  const run = async (words: PoolWords): Promise<void> => {
    const { tokenValue } = await make.mutateAsync(words)
    setMade({ name: words.name, tokenValue })
  }
  return (
    <>
      <FormButton
        label="New pool"
        reason={reason}
        title="New pool"
        form={(close) => (
          <PoolForm action="Make pool" run={(words) => run(words).then(close)} onCancel={close} />
        )}
      />
      {made && <NewPoolToken pool={made.name} token={made.tokenValue} onClose={() => setMade(undefined)} />}
    </>
  )
}

interface FormProps {
  readonly action: string
  readonly now?: PoolWords
  readonly run: (words: PoolWords) => Promise<unknown>
  readonly onCancel: () => void
}

export function PoolForm({ action, now, run, onCancel }: FormProps) {
  const [name, setName] = useState(now?.name ?? '')
  const [description, setDescription] = useState(now?.description ?? '')
  return (
    <ActionForm action={action} run={() => run({ name, description })} onCancel={onCancel}>
      <Stack gap="sm">
        <NameField value={name} onChange={setName} follows="Stacks and deployments name the pool by it." />
        <DescriptionField value={description} onChange={setDescription} />
      </Stack>
    </ActionForm>
  )
}
