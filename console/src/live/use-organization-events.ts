import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

/** Keeps what the pages show of an organization up to date. Loaded after the page itself, which does not wait for it. */
export function useOrganizationEvents(organization: string | undefined): void {
  const client = useQueryClient()
  useEffect(() => {
    if (organization === undefined) return
    let isGone = false
    let stop = () => {}
    void import('./organization-events.ts').then(({ followOrganization }) => {
      if (!isGone) stop = followOrganization(organization, client)
    })
    return () => {
      isGone = true
      stop()
    }
  }, [organization, client])
}
