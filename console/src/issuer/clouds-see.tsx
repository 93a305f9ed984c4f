/** What a cloud reads in the token of a stack's deployment, and how to make it trust exactly that. */
import { NativeSelect, Paper, Stack, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { stacksQuery } from '../stacks/stacks.ts'
import { CloudSetup } from './cloud-setup.tsx'
import { IssuerFacts } from './issuer-facts.tsx'
import { trustQuery } from './trust.ts'

const route = getRouteApi('/$organization/settings/issuer')

export function CloudsSee() {
  const { organization } = route.useParams()
  const { stack: chosen } = route.useSearch()
  const navigate = route.useNavigate()
  const stacks = useQuery(stacksQuery(organization))
  return (
    <QueryView query={stacks}>
      {(found) => {
        // Not through their slashes: no name has one.
        const names = found.map(({ projectName, stackName }) => `${projectName}/${stackName}`)
        const stack = chosen && names.includes(chosen) ? chosen : names[0]
        return (
          <Paper withBorder p="md">
            <Title order={2} size="h4" mb="sm">
              What the clouds see
            </Title>
            {stack === undefined ? (
              <Empty title="No stack yet">
                A token speaks of a stack. Make one with <code>pulumi stack init</code>; what a cloud has to
                trust then stands here.
              </Empty>
            ) : (
              <Stack>
                <NativeSelect
                  label="Stack"
                  data={names}
                  value={stack}
                  onChange={({ currentTarget: { value } }) =>
                    void navigate({ search: (before) => ({ ...before, stack: value }), replace: true })
                  }
                  maw={420}
                />
                <Trust organization={organization} stack={stack} />
              </Stack>
            )}
          </Paper>
        )
      }}
    </QueryView>
  )
}

function Trust({ organization, stack }: { readonly organization: string; readonly stack: string }) {
  const [project = '', name = ''] = stack.split('/')
  const query = useQuery(trustQuery({ organization, project, stack: name }))
  return (
    <QueryView query={query} skeletonLines={18}>
      {(trust) => (
        <Stack>
          <IssuerFacts trust={trust} />
          <CloudSetup organization={organization} stack={stack} trust={trust} />
        </Stack>
      )}
    </QueryView>
  )
}
