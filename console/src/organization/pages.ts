/** The visible list of an organization's pages below `settings`; `shell/navigation.tsx` shows them. */
import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { readAuditSearch, readTraceSearch } from '../audit/search.ts'
import { readGitHostSearch } from '../git-hosts/search.ts'
import { readIssuerSearch } from '../issuer/search.ts'
import { readMembersSearch } from '../members/search.ts'
import { root } from '../root-route.ts'
import { readTokensSearch } from '../tokens/search.ts'
import { readUsageSearch } from '../usage/month.ts'
import { readWebhookSearch } from '../webhooks/search.ts'

const getParentRoute = () => root

/** Who types the address by hand gets the first of them. */
const settings = createRoute({
  getParentRoute,
  path: '/$organization/settings',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/$organization/settings/general', params, replace: true })
  },
})

const general = createRoute({
  getParentRoute,
  path: '/$organization/settings/general',
  component: lazyRouteComponent(() => import('./general-page.tsx'), 'GeneralPage'),
})

const runners = createRoute({
  getParentRoute,
  path: '/$organization/settings/runners',
  component: lazyRouteComponent(() => import('../runners/pools-page.tsx'), 'PoolsPage'),
})

const pool = createRoute({
  getParentRoute,
  path: '/$organization/settings/runners/$poolId',
  component: lazyRouteComponent(() => import('../runners/pool-page.tsx'), 'PoolPage'),
})

const tokens = createRoute({
  getParentRoute,
  path: '/$organization/settings/tokens',
  validateSearch: readTokensSearch,
  component: lazyRouteComponent(() => import('../tokens/tokens-page.tsx'), 'TokensPage'),
})

const members = createRoute({
  getParentRoute,
  path: '/$organization/settings/members',
  validateSearch: readMembersSearch,
  component: lazyRouteComponent(() => import('../members/members-page.tsx'), 'MembersPage'),
})

const teams = createRoute({
  getParentRoute,
  path: '/$organization/settings/teams',
  component: lazyRouteComponent(() => import('../teams/teams-page.tsx'), 'TeamsPage'),
})

const team = createRoute({
  getParentRoute,
  path: '/$organization/settings/teams/$team',
  component: lazyRouteComponent(() => import('../teams/team-page.tsx'), 'TeamPage'),
})

const webhooks = createRoute({
  getParentRoute,
  path: '/$organization/settings/webhooks',
  component: lazyRouteComponent(() => import('../webhooks/webhook-list.tsx'), 'WebhookList'),
})

const webhook = createRoute({
  getParentRoute,
  path: '/$organization/settings/webhooks/$name',
  validateSearch: readWebhookSearch,
  component: lazyRouteComponent(() => import('../webhooks/webhook-page.tsx'), 'WebhookPage'),
})

const gitHosts = createRoute({
  getParentRoute,
  path: '/$organization/settings/git-hosts',
  component: lazyRouteComponent(() => import('../git-hosts/git-host-list.tsx'), 'GitHostList'),
})

const gitHost = createRoute({
  getParentRoute,
  path: '/$organization/settings/git-hosts/$host',
  validateSearch: readGitHostSearch,
  component: lazyRouteComponent(() => import('../git-hosts/git-host-page.tsx'), 'GitHostPage'),
})

const audit = createRoute({
  getParentRoute,
  path: '/$organization/settings/audit-log',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('../audit/audit-page.tsx'), 'AuditPage'),
})

const token = createRoute({
  getParentRoute,
  path: '/$organization/settings/audit-log/tokens',
  validateSearch: readTraceSearch,
  component: lazyRouteComponent(() => import('../audit/token-page.tsx'), 'TokenPage'),
})

const issuer = createRoute({
  getParentRoute,
  path: '/$organization/settings/issuer',
  validateSearch: readIssuerSearch,
  component: lazyRouteComponent(() => import('../issuer/issuer-page.tsx'), 'IssuerPage'),
})

const usage = createRoute({
  getParentRoute,
  path: '/$organization/settings/usage',
  validateSearch: readUsageSearch,
  component: lazyRouteComponent(() => import('../usage/usage-page.tsx'), 'UsagePage'),
})

export const organizationPages = [
  settings,
  general,
  runners,
  pool,
  tokens,
  members,
  teams,
  team,
  webhooks,
  webhook,
  gitHosts,
  gitHost,
  audit,
  token,
  issuer,
  usage,
] as const
