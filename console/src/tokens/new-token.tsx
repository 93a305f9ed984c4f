/** Makes a token and shows its value once. */
import { Checkbox, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { organizationQuery } from '../organization/organization.ts'
import { ActionForm } from '../parts/action-form.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { type NewTokenWords, useMakeToken } from './actions.ts'
import { expiresAt, expiryChoices, usualExpiry } from './expiry.ts'
import type { TokenOwner } from './tokens.ts'

interface Props {
  readonly owner: TokenOwner
  readonly organization: string
}

export function NewToken({ owner, organization }: Props) {
  const [made, setMade] = useState<{ readonly called: string; readonly value: string }>()
  const make = useMakeToken(owner)
  const run = async (words: NewTokenWords): Promise<void> => {
    const { tokenValue } = await make.mutateAsync(words)
    setMade({ called: words.name || words.description, value: tokenValue })
  }
  return (
    <>
      <FormButton
        label="New token"
        title="New access token"
        form={(close) => (
          <TokenForm
            owner={owner}
            organization={organization}
            run={(words) => run(words).then(close)}
            onCancel={close}
          />
        )}
      />
      {made && (
        <ShownOnce title={`Token ${made.called}`} secret={made.value} onClose={() => setMade(undefined)} />
      )}
    </>
  )
}

interface FormProps extends Props {
  readonly run: (words: NewTokenWords) => Promise<unknown>
  readonly onCancel: () => void
}

function TokenForm({ owner, organization, run, onCancel }: FormProps) {
  const maxDays = useQuery(organizationQuery(organization)).data?.maxAccessTokenExpiryDays ?? 0
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [chosen, setChosen] = useState<string>()
  const [admin, setAdmin] = useState(false)
  const isPersonal = owner.kind === 'personal'
  const expiry = chosen ?? usualExpiry(maxDays)
  return (
    <ActionForm
      action="Make token"
      run={() => run({ name, description, admin, expires: expiresAt(expiry, new Date()) })}
      onCancel={onCancel}
    >
      <Stack gap="sm">
        {!isPersonal && (
          <TextInput
            label="Name"
            description="What the audit log calls it. It cannot be used a second time."
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            required
            maxLength={40}
            pattern="[A-Za-z0-9_. \-]+"
            title="Letters, digits, blanks, “_”, “.” and “-”"
            data-autofocus
          />
        )}
        <TextInput
          label="Description"
          {...(isPersonal && { description: 'What it is for, such as “laptop”.', 'data-autofocus': true })}
          value={description}
          onChange={({ currentTarget }) => setDescription(currentTarget.value)}
          required={isPersonal}
          maxLength={200}
        />
        <NativeSelect
          label="Ends"
          {...(maxDays > 0 && { description: `${organization} allows at most ${maxDays} days.` })}
          data={expiryChoices(maxDays)}
          value={expiry}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        />
        {owner.kind === 'organization' && (
          <Checkbox
            label="An admin of the organization"
            description="Otherwise it may do what a member may."
            checked={admin}
            onChange={({ currentTarget }) => setAdmin(currentTarget.checked)}
          />
        )}
      </Stack>
    </ActionForm>
  )
}
