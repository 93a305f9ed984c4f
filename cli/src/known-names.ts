/** Names that many commands take, asked of the server for the completion. */
import { Type } from 'typebox'
import type { ListNames } from './completion/values.ts'
import { query } from './server-path.ts'

const Me = Type.Object({ organizations: Type.Array(Type.Object({ githubLogin: Type.String() })) })
const Stacks = Type.Object({
  stacks: Type.Array(
    Type.Object({ orgName: Type.String(), projectName: Type.String(), stackName: Type.String() }),
  ),
})

export const organizationNames: ListNames = async (session) => {
  const { organizations } = await session.read(Me, 'GET', '/api/user')
  return organizations.map(({ githubLogin }) => ({ value: githubLogin, about: '' }))
}

/** In full. The first page: more than that nobody reads. */
export const stackNames: ListNames = async (session, { org }) => {
  const organization = typeof org === 'string' ? org : undefined
  const { stacks } = await session.read(Stacks, 'GET', `/api/user/stacks${query({ organization })}`)
  return stacks.map(({ orgName, projectName, stackName }) => ({
    value: `${orgName}/${projectName}/${stackName}`,
    about: '',
  }))
}
