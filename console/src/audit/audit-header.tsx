/** The heading of both pages of the audit, and the way between them. */
import { Tabs } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { PageTitle } from '../parts/page-title.tsx'

const PAGES = [
  { to: '/$organization/settings/audit-log', label: 'Events' },
  { to: '/$organization/settings/audit-log/tokens', label: 'Find a token' },
] as const

interface Props {
  readonly organization: string
  readonly current: (typeof PAGES)[number]['to']
}

export function AuditHeader({ organization, current }: Props) {
  const navigate = useNavigate()
  return (
    <>
      <PageTitle title="Audit" />
      <Tabs value={current} onChange={(to) => to && navigate({ to, params: { organization } })} mb="lg">
        <Tabs.List aria-label="Pages of the audit">
          {PAGES.map(({ to, label }) => (
            <Tabs.Tab key={to} value={to}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
    </>
  )
}
