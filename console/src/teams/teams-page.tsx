/** The teams of an organization. */
import { Badge, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { organizationQuery } from '../organization/organization.ts'
import { Empty } from '../parts/empty.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { WhyDisabled } from '../parts/why-disabled.tsx'
import { useAdminReason } from '../session/session.ts'
import { type TeamWords, useMakeTeam } from './actions.ts'
import { TeamForm } from './team-form.tsx'
import { type Team, teamsQuery } from './teams.ts'

const route = getRouteApi('/$organization/settings/teams')

export function TeamsPage() {
  const { organization } = route.useParams()
  const navigate = route.useNavigate()
  const query = useQuery(teamsQuery(organization))
  const reason = useReason(organization)
  const make = useMakeTeam(organization)
  const run = async (words: TeamWords): Promise<void> => {
    const { name } = await make.mutateAsync(words)
    await navigate({ to: '/$organization/settings/teams/$team', params: { organization, team: name } })
  }
  return (
    <>
      <PageTitle title="Teams">
        <FormButton
          label="New team"
          reason={reason}
          title="New team"
          form={(close) => <TeamForm action="Make team" run={run} onCancel={close} />}
        />
      </PageTitle>
      <Text c="dimmed" size="sm" mb="md" maw={640}>
        A team gives its members a permission on stacks, together.
      </Text>
      <WhyDisabled reason={reason} />
      <QueryView query={query}>
        {(teams) =>
          teams.length === 0 ? (
            <Empty title="No teams yet">Make one, and say who is in it and which stacks it gives them.</Empty>
          ) : (
            <Rows label="Teams">
              {teams.map((team) => (
                <TeamRow key={team.name} organization={organization} team={team} />
              ))}
            </Rows>
          )
        }
      </QueryView>
    </>
  )
}

/** Some organizations let their members make teams. */
function useReason(organization: string): string | undefined {
  const adminReason = useAdminReason(organization)
  const mayMake = useQuery(organizationQuery(organization)).data?.membersCanCreateTeams === true
  return mayMake ? undefined : adminReason
}

function TeamRow({ organization, team }: { readonly organization: string; readonly team: Team }) {
  const { name, displayName, description, userRole } = team
  return (
    <Row>
      <Stack gap={2} style={{ minWidth: 0, flex: '1 1 260px', overflowWrap: 'anywhere' }}>
        <Group gap="xs">
          <PageLink to="/$organization/settings/teams/$team" params={{ organization, team: name }} fw={500}>
            {name}
          </PageLink>
          {userRole !== 'none' && (
            <Badge variant="default" tt="none">
              {userRole === 'admin' ? 'You administer it' : 'You are in it'}
            </Badge>
          )}
        </Group>
        {displayName !== name && <Text size="sm">{displayName}</Text>}
        {description && (
          <Text size="sm" c="dimmed" lineClamp={2}>
            {description}
          </Text>
        )}
      </Stack>
    </Row>
  )
}
