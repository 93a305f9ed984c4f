import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { WhyDisabled } from '../parts/why-disabled.tsx'
import { useIsAdmin } from '../session/session.ts'
import { teamsQuery } from '../teams/teams.ts'
import { TokenList } from './token-list.tsx'

interface Props {
  readonly organization: string
  readonly team: string | undefined
  readonly choose: (team: string) => void
}

/** Tokens of one of the teams that the person administers. */
export function TeamTokens({ organization, team, choose }: Props) {
  const query = useQuery(teamsQuery(organization))
  const isAdmin = useIsAdmin(organization)
  return (
    <QueryView query={query} skeletonLines={3}>
      {(teams) => {
        const mine = teams.filter(({ userRole }) => isAdmin || userRole === 'admin')
        if (teams.length === 0) return <Empty title="No teams yet">Make one on the page Teams.</Empty>
        const chosen = mine.find(({ name }) => name === team) ?? mine[0]
        if (chosen === undefined) {
          return (
            <WhyDisabled
              reason={`Only a team’s admins and those of ${organization} see and make its tokens; you administer no team.`}
            />
          )
        }
        return (
          <>
            <NativeSelect
              label="Team"
              mb="lg"
              maw={320}
              data={mine.map(({ name }) => name)}
              value={chosen.name}
              onChange={({ currentTarget }) => choose(currentTarget.value)}
            />
            <TokenList
              key={chosen.name}
              owner={{ kind: 'team', organization, team: chosen.name }}
              organization={organization}
              title={`Tokens of ${chosen.name}`}
            />
          </>
        )
      }}
    </QueryView>
  )
}
