/** The people of an organization, with their roles, and the invitations that nobody has accepted yet. */
import { Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Empty } from '../parts/empty.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Rows } from '../parts/rows.tsx'
import { WhyDisabled } from '../parts/why-disabled.tsx'
import { useAdminReason } from '../session/session.ts'
import { InvitationList } from './invitation-list.tsx'
import { membersNamed } from './match.ts'
import { MemberRow } from './member-row.tsx'
import { membersQuery } from './members.ts'
import { NewMemberButton } from './new-member.tsx'

const route = getRouteApi('/$organization/settings/members')
/** Fewer are seen at a glance. */
const SEARCH_FROM = 8

export function MembersPage() {
  const { organization } = route.useParams()
  const { search = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const reason = useAdminReason(organization)
  const query = useQuery(membersQuery(organization))
  return (
    <>
      <PageTitle title="Members">
        <NewMemberButton organization={organization} reason={reason} />
      </PageTitle>
      <WhyDisabled reason={reason} />
      <QueryView query={query}>
        {(members) => {
          const found = membersNamed(members, search)
          return (
            <>
              {(members.length >= SEARCH_FROM || search !== '') && (
                <TextInput
                  aria-label="Search members"
                  placeholder="Search by login or name"
                  leftSection={<IconSearch size={16} aria-hidden />}
                  value={search}
                  onChange={({ currentTarget: { value } }) =>
                    navigate({ search: value ? { search: value } : {}, replace: true })
                  }
                  maw={420}
                  mb="sm"
                />
              )}
              <Text size="sm" c="dimmed" mb="xs" aria-live="polite">
                {found.length === 1 ? '1 person' : `${found.length.toLocaleString()} people`}
              </Text>
              {found.length === 0 ? (
                <Empty title="Nobody is called that">Search for something else.</Empty>
              ) : (
                <Rows label="Members">
                  {found.map((member) => (
                    <MemberRow
                      key={member.user.githubLogin}
                      organization={organization}
                      member={member}
                      reason={reason}
                    />
                  ))}
                </Rows>
              )}
            </>
          )
        }}
      </QueryView>
      {reason === undefined && <InvitationList organization={organization} />}
    </>
  )
}
