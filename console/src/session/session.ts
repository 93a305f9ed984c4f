/**
 * Who is signed in. The session itself is a cookie that only the server reads; here is what it says of its person.
 * `null` means that nobody is signed in.
 */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { api, dataOf, read } from '../api/client.ts'
import { isRefusal } from '../api/refusal.ts'

const PATH = 'api/daypass/session'

async function currentUser(signal: AbortSignal) {
  try {
    return dataOf(await api.GET('/api/user', { signal }))
  } catch (error) {
    if (isRefusal(error, 401)) return null
    throw error
  }
}

export type CurrentUser = NonNullable<Awaited<ReturnType<typeof currentUser>>>

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => currentUser(signal),
  staleTime: 60_000,
})

/** Given by what shows the console to a person, so that no part of it is ever drawn for nobody, signing out included. */
export const SignedInAs = createContext<CurrentUser | null>(null)

/** The person of this session. */
export function useCurrentUser(): CurrentUser {
  const user = useContext(SignedInAs)
  if (!user) throw new Error('Nobody is signed in.')
  return user
}

/** Whether the person administers this organization; the server decides again with each request. */
export function useIsAdmin(organization: string): boolean {
  const user = useCurrentUser()
  return user.organizations.some(({ githubLogin, role }) => githubLogin === organization && role === 'admin')
}

/** Why somebody who is no admin cannot press a button; undefined for an admin. */
export function useAdminReason(organization: string): string | undefined {
  return useIsAdmin(organization)
    ? undefined
    : `Only admins of ${organization} may change this. Ask one of them; Members says who they are.`
}

export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (accessToken: string) =>
      read(PATH, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ accessToken }),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  })
}

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => read(PATH, { method: 'DELETE' }),
    // Nothing of the person stays in memory. The session is not removed: the page looks at it to know that it is over.
    onSuccess: () => {
      client.setQueryData(sessionQuery.queryKey, null)
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] })
    },
  })
}
