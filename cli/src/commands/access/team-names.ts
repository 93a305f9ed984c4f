/** The teams of an organization, for the completion. */
import { ListTeamsResponse, TEAMS_PATH } from '@daypass/contract/organizations.ts'
import type { ListNames } from '../../completion/values.ts'
import { pathTo } from '../../server-path.ts'

export const teamNames: ListNames = async (session) => {
  const path = pathTo(TEAMS_PATH, { organization: await session.organization() })
  const { teams } = await session.read(ListTeamsResponse, 'GET', path)
  return teams.map(({ name, displayName }) => ({ value: name, about: displayName }))
}
