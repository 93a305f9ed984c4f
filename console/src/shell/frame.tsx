/** The frame of every page: header, the organization's navigation, and the place of the page itself. */
import { AppShell, Burger, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useOrganizationEvents } from '../live/use-organization-events.ts'
import { useCurrentUser } from '../session/session.ts'
import { Mark } from './mark.tsx'
import { OrganizationNavigation } from './organization-navigation.tsx'
import { PersonButton } from './person-button.tsx'

export function Frame({ children }: { readonly children: ReactNode }) {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { organizations } = useCurrentUser()
  const params = useParams({ strict: false })
  const organization = params.organization ?? organizations[0]?.githubLogin
  useOrganizationEvents(organization)
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group wrap="nowrap" gap="xs">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Link
              to="/"
              style={{ color: 'inherit', textDecoration: 'none' }}
              aria-label="Daypass, start page"
            >
              <Mark />
            </Link>
          </Group>
          <PersonButton organization={organization} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages of the organization">
        {/* Not Mantine's ScrollArea, which would bring a tenth of the first load along. */}
        <AppShell.Section grow style={{ overflowY: 'auto' }}>
          {organization && <OrganizationNavigation organization={organization} onNavigate={close} />}
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main>{children}</AppShell.Main>
    </AppShell>
  )
}
