/** What an organization lets its members do, unless somebody gives them more, and whether it deploys at all. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Section } from '../parts/section.tsx'
import { WhyDisabled } from '../parts/why-disabled.tsx'
import { useAdminReason } from '../session/session.ts'
import { GeneralForm } from './general-form.tsx'
import { organizationQuery } from './organization.ts'
import { PauseAll } from './pause-all.tsx'

const route = getRouteApi('/$organization/settings/general')

export function GeneralPage() {
  const { organization } = route.useParams()
  const reason = useAdminReason(organization)
  const query = useQuery(organizationQuery(organization))
  return (
    <>
      <PageTitle title="General" />
      <WhyDisabled reason={reason} />
      <Section title="Members">
        <QueryView query={query} skeletonLines={6}>
          {(found) => (
            <GeneralForm key={organization} organization={found} isDisabled={reason !== undefined} />
          )}
        </QueryView>
      </Section>
      <Section title="Deployments">
        <PauseAll organization={organization} isDisabled={reason !== undefined} />
      </Section>
    </>
  )
}
