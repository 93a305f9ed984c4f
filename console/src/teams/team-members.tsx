import { Badge, Checkbox, Group, Select, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { membersQuery } from '../members/members.ts'
import { ActionForm } from '../parts/action-form.tsx'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { Section } from '../parts/section.tsx'
import { useChangeTeam } from './actions.ts'
import type { Team, TeamMember } from './teams.ts'

interface Props {
  readonly organization: string
  readonly team: Team
  /** Why the person cannot change it. */
  readonly reason: string | undefined
}

export function TeamMembers({ organization, team, reason }: Props) {
  const { members = [] } = team
  return (
    <Section
      title="Members"
      action={
        <FormButton
          label="Add to the team"
          variant="default"
          reason={reason}
          title={`Add somebody to ${team.name}`}
          form={(close) => <AddForm organization={organization} team={team} onClose={close} />}
        />
      }
    >
      {members.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nobody is in it yet.
        </Text>
      ) : (
        <Rows label="Members of the team">
          {members.map((member) => (
            <MemberRow
              key={member.githubLogin}
              organization={organization}
              team={team}
              member={member}
              reason={reason}
            />
          ))}
        </Rows>
      )}
    </Section>
  )
}

function MemberRow({ organization, team, member, reason }: Props & { readonly member: TeamMember }) {
  const { name, githubLogin: login, role } = member
  const change = useChangeTeam(organization, team.name)
  const isAdmin = role === 'admin'
  return (
    <Row>
      <Stack gap={2} style={{ minWidth: 0, flex: '1 1 200px', overflowWrap: 'anywhere' }}>
        <Group gap="xs">
          <Text fw={500}>{login}</Text>
          {isAdmin && (
            <Badge variant="default" tt="none">
              Admin of the team
            </Badge>
          )}
        </Group>
        {name !== login && (
          <Text size="sm" c="dimmed">
            {name}
          </Text>
        )}
      </Stack>
      <Group gap="xs">
        <ConfirmButton
          size="xs"
          label={isAdmin ? 'Make a member' : 'Make an admin'}
          of={login}
          reason={reason}
          title={
            isAdmin ? `Make ${login} a member of ${team.name}?` : `Make ${login} an admin of ${team.name}?`
          }
          confirm={isAdmin ? 'Make a member' : 'Make an admin'}
          act={{
            mutateAsync: () =>
              change.mutateAsync({ memberAction: isAdmin ? 'demote' : 'promote', member: login }),
          }}
        >
          {isAdmin
            ? 'They stay in the team, and decide no more who is in it.'
            : 'They decide then who is in the team, and make its tokens.'}
        </ConfirmButton>
        <ConfirmButton
          size="xs"
          label="Remove"
          of={login}
          reason={reason}
          title={`Remove ${login} from ${team.name}?`}
          confirm="Remove from team"
          act={{ mutateAsync: () => change.mutateAsync({ memberAction: 'remove', member: login }) }}
        >
          They lose at once what the team gave them, and stay a member of {organization}.
        </ConfirmButton>
      </Group>
    </Row>
  )
}

type AddProps = Omit<Props, 'reason'> & { readonly onClose: () => void }

function AddForm({ organization, team, onClose }: AddProps) {
  const members = useQuery(membersQuery(organization)).data ?? []
  const [login, setLogin] = useState<string | null>(null)
  const [isAdmin, setAdmin] = useState(false)
  const change = useChangeTeam(organization, team.name)
  const inTeam = new Set(team.members?.map(({ githubLogin }) => githubLogin))
  const others = members.map(({ user }) => user.githubLogin).filter((one) => !inTeam.has(one))
  const run = async (): Promise<void> => {
    if (login === null) throw new Error('Choose a member of the list.')
    await change.mutateAsync({ memberAction: 'add', member: login })
    if (isAdmin) await change.mutateAsync({ memberAction: 'promote', member: login })
    onClose()
  }
  return (
    <ActionForm action="Add to team" run={run} onCancel={onClose}>
      <Stack>
        <Select
          label="Member"
          placeholder="Search by login"
          data={others}
          value={login}
          onChange={setLogin}
          searchable
          limit={50}
          nothingFoundMessage={`No other member of ${organization} is called that`}
          required
          data-autofocus
        />
        <Checkbox
          label="An admin of the team"
          description="Decides who is in it, and makes its tokens."
          checked={isAdmin}
          onChange={({ currentTarget }) => setAdmin(currentTarget.checked)}
        />
      </Stack>
    </ActionForm>
  )
}
