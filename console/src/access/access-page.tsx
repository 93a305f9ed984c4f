/** Who may do what with this stack: everybody of the organization, single people, and teams. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { organizationQuery } from '../organization/organization.ts'
import { QueryView } from '../parts/query-view.tsx'
import { Section } from '../parts/section.tsx'
import { WhyDisabled } from '../parts/why-disabled.tsx'
import { useStackPermission } from '../stack/permission.ts'
import { accessQuery, type StackAccess } from './access.ts'
import { PeopleOfStack } from './people-of-stack.tsx'
import { permissionLabel } from './permission.ts'
import { TeamsOfStack } from './teams-of-stack.tsx'

const route = getRouteApi('/$organization/$project/$stack/settings/access')

export function AccessPage() {
  const query = useQuery(accessQuery(route.useParams()))
  return <QueryView query={query}>{(access) => <Access access={access} />}</QueryView>
}

const STACK_ADMINS_ONLY = 'Only an admin of this stack may say who may do what with it.'

function Access({ access }: { readonly access: StackAccess }) {
  const names = route.useParams()
  // Not known yet: the buttons stay off, without a reason that may be none.
  const permission = useStackPermission(names)
  const reason = permission?.isAdmin ? undefined : permission ? STACK_ADMINS_ONLY : ''
  return (
    <>
      <WhyDisabled reason={reason} />
      <Everybody organization={names.organization} />
      <PeopleOfStack names={names} access={access} reason={reason} />
      <TeamsOfStack names={names} access={access} reason={reason} />
    </>
  )
}

function Everybody({ organization }: { readonly organization: string }) {
  const query = useQuery(organizationQuery(organization))
  return (
    <Section title="Everybody">
      <QueryView query={query} skeletonLines={1}>
        {({ defaultStackPermission }) => (
          <Text size="sm" maw={640}>
            {defaultStackPermission === 0
              ? `Members of ${organization} have nothing of a stack unless they are given it below.`
              : `Each member of ${organization} has ${permissionLabel(defaultStackPermission).toLowerCase()} on every stack; what stands below can only add to that.`}{' '}
            Admins of {organization} administer all stacks.
          </Text>
        )}
      </QueryView>
    </Section>
  )
}
