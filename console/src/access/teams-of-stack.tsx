import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { FormButton } from '../parts/form-button.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Rows } from '../parts/rows.tsx'
import { Section } from '../parts/section.tsx'
import { teamsQuery } from '../teams/teams.ts'
import { useGiveTeam } from './actions.ts'
import { GivenRow } from './given-row.tsx'
import type { Props } from './people-of-stack.tsx'
import { GivePermission } from './permission-form.tsx'

export function TeamsOfStack({ names, access: { teams }, reason }: Props) {
  const { organization } = names
  const give = useGiveTeam(names)
  return (
    <Section
      title="Teams"
      action={
        <FormButton
          label="Give to a team"
          variant="default"
          reason={reason}
          title={`Give ${names.project}/${names.stack} to a team`}
          form={(close) => (
            <GiveForm
              organization={organization}
              without={teams.map(({ name }) => name)}
              run={(to, permission) => give.mutateAsync({ to, permission }).then(close)}
              onCancel={close}
            />
          )}
        />
      }
    >
      {teams.length === 0 ? (
        <Text size="sm" c="dimmed">
          No team was given this stack.
        </Text>
      ) : (
        <Rows label="Teams of the stack">
          {teams.map(({ name, displayName, permission, isMember }) => (
            <GivenRow
              key={name}
              called={name}
              shown={
                <PageLink
                  to="/$organization/settings/teams/$team"
                  params={{ organization, team: name }}
                  fw={500}
                >
                  {name}
                </PageLink>
              }
              says={[displayName !== name && displayName, isMember && 'you are in it']
                .filter(Boolean)
                .join(' · ')}
              permission={permission}
              reason={reason}
              change={(next) => give.mutateAsync({ to: name, permission: next })}
              take={() => give.mutateAsync({ to: name, permission: 0 })}
              left="Its members keep what they have of the stack otherwise."
            />
          ))}
        </Rows>
      )}
    </Section>
  )
}

interface GiveProps extends Pick<Parameters<typeof GivePermission>[0], 'run' | 'onCancel'> {
  readonly organization: string
  readonly without: readonly string[]
}

function GiveForm({ organization, without, run, onCancel }: GiveProps) {
  const teams = useQuery(teamsQuery(organization)).data ?? []
  const choices = teams.map(({ name }) => name).filter((name) => !without.includes(name))
  return (
    <GivePermission
      label="Team"
      placeholder="Search by name"
      choices={choices}
      run={run}
      onCancel={onCancel}
    />
  )
}
