/** Lets somebody in: a link for who has no login here yet, at once for who has. */
import { SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { useAddMember, useInvite } from './actions.ts'
import { RoleChoice } from './member-row.tsx'
import type { Role } from './members.ts'

interface Props {
  readonly organization: string
  readonly reason: string | undefined
}

interface Link {
  readonly login: string
  readonly url: string
}

export function NewMemberButton({ organization, reason }: Props) {
  const [link, setLink] = useState<Link>()
  return (
    <>
      <FormButton
        label="Add member"
        reason={reason}
        title={`Add somebody to ${organization}`}
        form={(close) => <NewMemberForm organization={organization} onLink={setLink} onClose={close} />}
      />
      {link && (
        <ShownOnce title={`Invitation of ${link.login}`} secret={link.url} onClose={() => setLink(undefined)}>
          <Text size="sm">
            Give this link to {link.login} alone: on its page they join with one click and are shown their
            first access token. It is good for one use and a week.
          </Text>
        </ShownOnce>
      )}
    </>
  )
}

interface FormProps {
  readonly organization: string
  readonly onLink: (link: Link) => void
  readonly onClose: () => void
}

function NewMemberForm({ organization, onLink, onClose }: FormProps) {
  const [isNew, setNew] = useState(true)
  const [login, setLogin] = useState('')
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('member')
  const invite = useInvite(organization)
  const add = useAddMember(organization)
  const run = async (): Promise<void> => {
    if (isNew) onLink(await invite.mutateAsync({ login, name, email, role }))
    else await add.mutateAsync({ login, role })
    onClose()
  }
  return (
    <ActionForm action={isNew ? 'Make invitation' : 'Add member'} run={run} onCancel={onClose}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label="Who it is"
          fullWidth
          value={isNew ? 'new' : 'known'}
          onChange={(value) => setNew(value === 'new')}
          data={[
            { value: 'new', label: 'New here' },
            { value: 'known', label: 'Has a login here' },
          ]}
        />
        <TextInput
          label="Login"
          description={
            isNew ? 'What the person will be called here.' : 'As it is written here, letter by letter.'
          }
          value={login}
          onChange={({ currentTarget }) => setLogin(currentTarget.value.trim())}
          required
          maxLength={100}
          data-autofocus
          autoComplete="off"
        />
        {isNew && (
          <>
            <TextInput
              label="Name"
              value={name}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
              maxLength={100}
              autoComplete="off"
            />
            <TextInput
              label="E-mail"
              description="For you to see; nothing is sent there."
              type="email"
              value={email}
              onChange={({ currentTarget }) => setEmail(currentTarget.value)}
              maxLength={254}
              autoComplete="off"
            />
          </>
        )}
        <RoleChoice value={role} onChange={setRole} />
      </Stack>
    </ActionForm>
  )
}
