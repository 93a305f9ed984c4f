import { Badge, Group, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { Row } from '../parts/rows.tsx'
import { useCurrentUser } from '../session/session.ts'
import { useChangeRole, useRemoveMember } from './actions.ts'
import { type Member, ROLES, type Role, roleLabel } from './members.ts'

interface Props {
  readonly organization: string
  readonly member: Member
  /** Why the person cannot change it. */
  readonly reason: string | undefined
}

export function MemberRow({ organization, member, reason }: Props) {
  const { user, role, teams = [], suspended } = member
  const login = user.githubLogin
  const isMe = useCurrentUser().githubLogin === login
  return (
    <Row>
      <Stack gap={2} style={{ minWidth: 0, flex: '1 1 220px', overflowWrap: 'anywhere' }}>
        <Group gap="xs">
          <Text fw={500}>{login}</Text>
          {isMe && <Said>You</Said>}
          {suspended && <Said>Deactivated</Said>}
        </Group>
        <Text size="sm" c="dimmed">
          {[user.name !== login && user.name, user.email, teams.length > 0 && `in ${teams.join(', ')}`]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      </Stack>
      <Group gap="xs">
        <Text size="sm" mr="xs">
          {roleLabel(role)}
        </Text>
        <FormButton
          label="Change role"
          of={login}
          variant="default"
          size="xs"
          reason={reason}
          title={`Role of ${login}`}
          form={(close) => (
            <RoleForm organization={organization} login={login} role={role} isMe={isMe} onClose={close} />
          )}
        />
        <RemoveButton organization={organization} login={login} isMe={isMe} reason={reason} />
      </Group>
    </Row>
  )
}

function Said({ children }: { readonly children: string }) {
  return (
    <Badge variant="default" tt="none">
      {children}
    </Badge>
  )
}

interface RoleProps {
  readonly organization: string
  readonly login: string
  readonly role: Member['role']
  readonly isMe: boolean
  readonly onClose: () => void
}

function RoleForm({ organization, login, role, isMe, onClose }: RoleProps) {
  const [chosen, setChosen] = useState<Role>(ROLES.find((one) => one.role === role)?.role ?? 'member')
  const change = useChangeRole(organization, login)
  return (
    <ActionForm action="Save role" run={() => change.mutateAsync(chosen).then(onClose)} onCancel={onClose}>
      <RoleChoice value={chosen} onChange={setChosen} />
      {isMe && role === 'admin' && chosen !== 'admin' && (
        <Text size="sm">You will not be able to give yourself the role of an admin again.</Text>
      )}
    </ActionForm>
  )
}

interface ChoiceProps {
  readonly value: Role
  readonly onChange: (role: Role) => void
}

export function RoleChoice({ value, onChange }: ChoiceProps) {
  return (
    <Radio.Group label="Role" value={value} onChange={(role) => onChange(role as Role)}>
      <Stack gap="xs" mt="xs">
        {ROLES.map(({ role, label, says }) => (
          <Radio key={role} value={role} label={label} description={says} />
        ))}
      </Stack>
    </Radio.Group>
  )
}

type RemoveProps = Omit<RoleProps, 'role' | 'onClose'> & { readonly reason: string | undefined }

/** Everybody may leave. */
function RemoveButton({ organization, login, isMe, reason }: RemoveProps) {
  const remove = useRemoveMember(organization, login)
  return (
    <ConfirmButton
      size="xs"
      label={isMe ? 'Leave' : 'Remove'}
      of={isMe ? organization : login}
      title={isMe ? `Leave ${organization}?` : `Remove ${login} from ${organization}?`}
      confirm={isMe ? 'Leave' : 'Remove member'}
      reason={isMe ? undefined : reason}
      act={remove}
    >
      {isMe
        ? 'You lose what this organization, its teams and its stacks gave you. Only an admin can let you in again.'
        : 'They lose at once what the organization, its teams and its stacks gave them. Their login stays, for other organizations.'}
    </ConfirmButton>
  )
}
