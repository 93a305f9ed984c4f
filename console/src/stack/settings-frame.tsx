/** What every page of a stack's settings stands in: the way between them. */
import { Group } from '@mantine/core'
import { getRouteApi, Navigate, Outlet, useMatchRoute } from '@tanstack/react-router'
import { ButtonLink } from '../parts/page-link.tsx'
import { SETTINGS_PAGES } from './settings-pages.ts'
import classes from './stack-page.module.css'

const route = getRouteApi('/$organization/$project/$stack')

export function SettingsFrame() {
  const params = route.useParams()
  const matchRoute = useMatchRoute()
  return (
    <>
      <Group component="nav" aria-label="Settings of the stack" gap={4} mb="lg" className={classes.tabs}>
        {SETTINGS_PAGES.map(({ to, label }) => (
          <ButtonLink
            key={to}
            to={to}
            params={params}
            size="xs"
            variant={matchRoute({ to, params, fuzzy: true }) === false ? 'subtle' : 'light'}
          >
            {label}
          </ButtonLink>
        ))}
      </Group>
      <Outlet />
    </>
  )
}

export function FirstSettings() {
  const params = route.useParams()
  return <Navigate to={SETTINGS_PAGES[0].to} params={params} replace />
}
