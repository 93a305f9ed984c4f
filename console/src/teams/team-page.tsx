/** One team: who is in it, and what it gives them. */
import { Breadcrumbs, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { ButtonLink, PageLink } from '../parts/page-link.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { WhyDisabled } from '../parts/why-disabled.tsx'
import { useIsAdmin } from '../session/session.ts'
import { useChangeTeam, useDeleteTeam } from './actions.ts'
import { TeamForm } from './team-form.tsx'
import { TeamMembers } from './team-members.tsx'
import { TeamStacks } from './team-stacks.tsx'
import { type Team, teamQuery } from './teams.ts'

const route = getRouteApi('/$organization/settings/teams/$team')

export function TeamPage() {
  const { organization, team } = route.useParams()
  const query = useQuery(teamQuery(organization, team))
  return (
    <>
      <Breadcrumbs mb={4}>
        <PageLink to="/$organization/settings/teams" params={{ organization }} size="sm">
          Teams
        </PageLink>
      </Breadcrumbs>
      <QueryView query={query}>{(found) => <OneTeam organization={organization} team={found} />}</QueryView>
    </>
  )
}

interface Props {
  readonly organization: string
  readonly team: Team
}

function OneTeam({ organization, team }: Props) {
  const isAdmin = useIsAdmin(organization)
  const reason =
    isAdmin || team.userRole === 'admin'
      ? undefined
      : `Only admins of ${team.name} or of ${organization} may change this team.`
  return (
    <>
      <PageTitle title={team.name}>
        <TeamActions organization={organization} team={team} reason={reason} />
      </PageTitle>
      {team.displayName !== team.name && <Text style={{ overflowWrap: 'anywhere' }}>{team.displayName}</Text>}
      {team.description && (
        <Text c="dimmed" mb="md" style={{ overflowWrap: 'anywhere' }}>
          {team.description}
        </Text>
      )}
      <WhyDisabled reason={reason} />
      <TeamMembers organization={organization} team={team} reason={reason} />
      <TeamStacks organization={organization} team={team} />
    </>
  )
}

function TeamActions({ organization, team, reason }: Props & { readonly reason: string | undefined }) {
  const { name } = team
  const change = useChangeTeam(organization, name)
  const deleteTeam = useDeleteTeam(organization, name)
  const navigate = useNavigate()
  const remove = async (): Promise<void> => {
    await deleteTeam.mutateAsync()
    await navigate({ to: '/$organization/settings/teams', params: { organization } })
  }
  return (
    <Group gap="xs">
      {reason === undefined && (
        <ButtonLink
          to="/$organization/settings/tokens"
          params={{ organization }}
          search={{ of: 'team', team: name }}
          variant="default"
        >
          Tokens
        </ButtonLink>
      )}
      <FormButton
        label="Edit"
        variant="default"
        reason={reason}
        title={`Edit ${name}`}
        form={(close) => (
          <TeamForm
            action="Save"
            now={team}
            run={({ displayName, description }) =>
              change.mutateAsync({ newDisplayName: displayName, newDescription: description }).then(close)
            }
            onCancel={close}
          />
        )}
      />
      <ConfirmButton
        label="Delete"
        size="sm"
        reason={reason}
        title={`Delete the team ${name}?`}
        confirm="Delete team"
        act={{ mutateAsync: remove }}
      >
        Its members lose what it gave them, and its tokens end at once.
      </ConfirmButton>
    </Group>
  )
}
