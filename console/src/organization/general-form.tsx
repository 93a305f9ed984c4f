import { Alert, Button, Checkbox, Fieldset, Group, NativeSelect, NumberInput, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { PERMISSIONS, type Permission } from '../access/permission.ts'
import { useChangeOrganization } from './actions.ts'
import type { Organization } from './organization.ts'

interface Props {
  readonly organization: Organization
  readonly isDisabled: boolean
}

const ALLOWED = [
  { is: 'membersCanCreateStacks', set: 'setMembersCanCreateStacks', label: 'Make stacks' },
  {
    is: 'membersCanDeleteStacks',
    set: 'setMembersCanDeleteStacks',
    label: 'Delete stacks that they administer',
  },
  {
    is: 'membersCanTransferStacks',
    set: 'setMembersCanTransferStacks',
    label: 'Transfer stacks that they administer to another organization',
  },
  { is: 'membersCanCreateTeams', set: 'setMembersCanCreateTeams', label: 'Make teams' },
] as const

export function GeneralForm({ organization, isDisabled }: Props) {
  const { githubLogin } = organization
  const [permission, setPermission] = useState(organization.defaultStackPermission)
  const [allowed, setAllowed] = useState(() =>
    ALLOWED.filter(({ is }) => organization[is]).map(({ is }) => is),
  )
  const [maxDays, setMaxDays] = useState(organization.maxAccessTokenExpiryDays)
  const change = useChangeOrganization(githubLogin)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      {
        setDefaultStackPermission: permission as Permission,
        setMaxAccessTokenExpiryDays: maxDays,
        ...Object.fromEntries(ALLOWED.map(({ is, set }) => [set, allowed.includes(is)])),
      },
      { onSuccess: () => notifications.show({ message: 'Saved', color: 'green' }) },
    )
  }
  return (
    <form onSubmit={submit}>
      <Fieldset
        disabled={isDisabled}
        variant="unstyled"
        m={0}
        maw={560}
        aria-label={`What ${githubLogin} allows`}
      >
        <Stack gap="lg">
          <NativeSelect
            label="Each member may do with every stack"
            description="More is given to single people and to teams. Admins administer all stacks."
            value={String(permission)}
            onChange={({ currentTarget }) => setPermission(Number(currentTarget.value))}
            data={[
              { value: '0', label: 'Nothing' },
              ...PERMISSIONS.map((one) => ({ value: String(one.permission), label: one.label })),
            ]}
          />
          <Checkbox.Group
            label="Members may also"
            value={allowed}
            onChange={(values) => setAllowed(ALLOWED.map(({ is }) => is).filter((is) => values.includes(is)))}
          >
            <Stack gap="xs" mt="xs">
              {ALLOWED.map(({ is, label }) => (
                <Checkbox key={is} value={is} label={label} disabled={isDisabled} />
              ))}
            </Stack>
          </Checkbox.Group>
          <NumberInput
            label="Access tokens end after at most"
            description="Days, also for the personal tokens of members. 0: no limit of the organization’s own."
            min={0}
            max={730}
            allowDecimal={false}
            value={maxDays}
            onChange={(days) => setMaxDays(Number(days) || 0)}
          />
          {change.error && (
            <Alert color="red" role="alert">
              {change.error.message}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={change.isPending} disabled={isDisabled}>
              Save
            </Button>
          </Group>
        </Stack>
      </Fieldset>
    </form>
  )
}
