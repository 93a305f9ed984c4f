/** The access tokens that a person can make here, on a tab for each kind. */
import { Tabs, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { useCurrentUser, useIsAdmin } from '../session/session.ts'
import { TeamTokens } from './team-tokens.tsx'
import { TokenList } from './token-list.tsx'

const route = getRouteApi('/$organization/settings/tokens')

const TABS = [
  { value: 'personal', label: 'Personal', says: 'A personal token is you: it may do what you may do.' },
  {
    value: 'organization',
    label: 'Organization',
    says: 'A token of the organization belongs to nobody: it is a member of it, or an admin.',
  },
  { value: 'team', label: 'Team', says: 'A token of a team may do what its team may, and nothing else.' },
] as const

export function TokensPage() {
  const { organization } = route.useParams()
  const { of = 'personal', team } = route.useSearch()
  const navigate = route.useNavigate()
  const { githubLogin } = useCurrentUser()
  const isAdmin = useIsAdmin(organization)
  const go = (tab: string | null) =>
    navigate({ search: tab === 'organization' || tab === 'team' ? { of: tab } : {} })
  return (
    <>
      <PageTitle title="Access tokens" />
      <Tabs value={of} onChange={go} keepMounted={false}>
        <Tabs.List aria-label="Whose tokens" mb="md">
          {TABS.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map(({ value, says }) => (
          <Tabs.Panel key={value} value={value}>
            <Text size="sm" c="dimmed" mb="md">
              {says}
            </Text>
            {value === 'personal' && (
              <TokenList
                owner={{ kind: 'personal' }}
                organization={organization}
                title={`Tokens of ${githubLogin}`}
              />
            )}
            {value === 'organization' &&
              (isAdmin ? (
                <TokenList
                  owner={{ kind: 'organization', organization }}
                  organization={organization}
                  title={`Tokens of ${organization}`}
                />
              ) : (
                <AdminsOnly organization={organization} what="its tokens" />
              ))}
            {value === 'team' && (
              <TeamTokens
                organization={organization}
                team={team}
                choose={(next) => navigate({ search: { of: 'team', team: next }, replace: true })}
              />
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  )
}
