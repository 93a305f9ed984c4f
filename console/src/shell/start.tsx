import { Code } from '@mantine/core'
import { Navigate } from '@tanstack/react-router'
import { Empty } from '../parts/empty.tsx'
import { useCurrentUser } from '../session/session.ts'

/** The start page is the stacks of the person's first organization. */
export function Start() {
  const [first] = useCurrentUser().organizations
  if (first) return <Navigate to="/$organization" params={{ organization: first.githubLogin }} replace />
  return (
    <Empty title="You are in no organization">
      Ask an administrator for an invitation, or make an organization with <Code>daypass org create</Code>.
    </Empty>
  )
}
