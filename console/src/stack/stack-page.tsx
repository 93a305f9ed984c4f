/** What every page of one stack stands in: its name, and the tabs between its pages. */
import { Breadcrumbs, Tabs, Text } from '@mantine/core'
import { getRouteApi, Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { PageLink } from '../parts/page-link.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import classes from './stack-page.module.css'
import { TABS, tabOf } from './tabs.ts'

const route = getRouteApi('/$organization/$project/$stack')

export function StackPage() {
  const params = route.useParams()
  const { organization, project, stack } = params
  const navigate = useNavigate()
  const current = tabOf(useLocation().pathname)
  return (
    <>
      <Breadcrumbs mb={4} separatorMargin={6}>
        <PageLink to="/$organization" params={{ organization }} size="sm">
          Stacks
        </PageLink>
        <Text size="sm" c="dimmed">
          {project}
        </Text>
      </Breadcrumbs>
      <PageTitle title={stack} />
      <Tabs value={current} onChange={(tab) => tab && navigate({ to: tab, params })} mb="lg">
        {/* On a narrow screen they scroll rather than take a second line. */}
        <Tabs.List aria-label="Pages of the stack" className={classes.tabs}>
          {TABS.map(({ to, label }) => (
            <Tabs.Tab key={to} value={to}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {/* By its key: of another stack nothing is kept on the screen while its own comes. */}
      <Outlet key={`${organization}/${project}/${stack}`} />
    </>
  )
}
