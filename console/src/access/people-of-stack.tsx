import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { StackNames } from '../deployments/deployments.ts'
import { membersQuery } from '../members/members.ts'
import { FormButton } from '../parts/form-button.tsx'
import { Rows } from '../parts/rows.tsx'
import { Section } from '../parts/section.tsx'
import type { StackAccess } from './access.ts'
import { useGivePerson, useTakeFromPerson } from './actions.ts'
import { GivenRow } from './given-row.tsx'
import { GivePermission } from './permission-form.tsx'

export interface Props {
  readonly names: StackNames
  readonly access: StackAccess
  /** Why the person cannot change it. */
  readonly reason: string | undefined
}

const LEFT = 'What the organization or a team gives them stays.'

export function PeopleOfStack({ names, access: { people, creator }, reason }: Props) {
  const give = useGivePerson(names)
  const take = useTakeFromPerson(names)
  const given = people.filter(({ user }) => user.githubLogin !== creator)
  return (
    <Section
      title="People"
      action={
        <FormButton
          label="Give to a person"
          variant="default"
          reason={reason}
          title={`Give ${names.project}/${names.stack} to a person`}
          form={(close) => (
            <GiveForm
              organization={names.organization}
              without={[...given.map(({ user }) => user.githubLogin), creator]}
              run={(to, permission) => give.mutateAsync({ to, permission }).then(close)}
              onCancel={close}
            />
          )}
        />
      }
    >
      {creator === undefined && given.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nobody was given this stack by name.
        </Text>
      ) : (
        <Rows label="People of the stack">
          {creator !== undefined && (
            <GivenRow
              called={creator}
              shown={<Text fw={500}>{creator}</Text>}
              says="Made this stack"
              permission={103}
              reason={reason}
              take={() => take.mutateAsync(creator)}
              left={LEFT}
            />
          )}
          {given.map(({ user: { githubLogin, name }, permission }) => (
            <GivenRow
              key={githubLogin}
              called={githubLogin}
              shown={<Text fw={500}>{githubLogin}</Text>}
              says={name === githubLogin ? undefined : name}
              permission={permission}
              reason={reason}
              change={(next) => give.mutateAsync({ to: githubLogin, permission: next })}
              take={() => take.mutateAsync(githubLogin)}
              left={LEFT}
            />
          ))}
        </Rows>
      )}
    </Section>
  )
}

interface GiveProps extends Pick<Parameters<typeof GivePermission>[0], 'run' | 'onCancel'> {
  readonly organization: string
  readonly without: readonly (string | undefined)[]
}

/** Billing managers have no stack, whatever they are given. */
function GiveForm({ organization, without, run, onCancel }: GiveProps) {
  const members = useQuery(membersQuery(organization)).data ?? []
  const choices = members
    .filter(({ role, user }) => role !== 'billing-manager' && !without.includes(user.githubLogin))
    .map(({ user }) => user.githubLogin)
  return (
    <GivePermission
      label="Member"
      placeholder="Search by login"
      choices={choices}
      run={run}
      onCancel={onCancel}
    />
  )
}
