/** The list of an organization's pages; the most special one that the address lies below is marked. */
import { Text } from '@mantine/core'
import { useMatchRoute } from '@tanstack/react-router'
import { NavigationLink } from '../parts/page-link.tsx'
import { NAVIGATION } from './navigation.tsx'

interface Props {
  readonly organization: string
  readonly onNavigate: () => void
}

export function OrganizationNavigation({ organization, onNavigate }: Props) {
  const matchRoute = useMatchRoute()
  const params = { organization }
  // Every page lies below the first one.
  const current = NAVIGATION.findLast(({ to }) => matchRoute({ to, params, fuzzy: true }) !== false)
  return NAVIGATION.map((page, index) => {
    const { group, to, label, icon: Icon } = page
    return (
      <div key={to}>
        {group && group !== NAVIGATION[index - 1]?.group && (
          <Text size="xs" fw={600} c="dimmed" px="sm" pt="md" pb={4}>
            {group}
          </Text>
        )}
        <NavigationLink
          to={to}
          params={params}
          label={label}
          leftSection={<Icon size={18} aria-hidden />}
          // The router would mark the first page on every other, too.
          activeOptions={{ exact: true }}
          active={page === current}
          onClick={onNavigate}
        />
      </div>
    )
  })
}
