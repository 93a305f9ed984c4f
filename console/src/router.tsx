/**
 * The visible list of pages. Addresses are Pulumi Cloud's where they are known, so that links which the CLI prints open
 * here. Each page is a piece of its own that is loaded when it is first opened.
 */
import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { basePath } from './api/base.ts'
import { readDeploymentListSearch, readDeploymentSearch } from './deployments/search.ts'
import { organizationPages } from './organization/pages.ts'
import { readOverviewSearch } from './resources/search.ts'
import { root } from './root-route.ts'
import { PageFailed } from './shell/page-failed.tsx'
import { Start } from './shell/start.tsx'
import { readStackListSearch } from './stacks/search.ts'
import { readUpdateListSearch } from './updates/search.ts'
import { readWebhookSearch } from './webhooks/search.ts'

const start = createRoute({ getParentRoute: () => root, path: '/', component: Start })

const stacks = createRoute({
  getParentRoute: () => root,
  path: '/$organization',
  validateSearch: readStackListSearch,
  component: lazyRouteComponent(() => import('./stacks/stack-list.tsx'), 'StackList'),
})

const stack = createRoute({
  getParentRoute: () => root,
  path: '/$organization/$project/$stack',
  component: lazyRouteComponent(() => import('./stack/stack-page.tsx'), 'StackPage'),
})

const stackOverview = createRoute({
  getParentRoute: () => stack,
  path: '/',
  validateSearch: readOverviewSearch,
  component: lazyRouteComponent(() => import('./stack/overview.tsx'), 'Overview'),
})

const updates = createRoute({
  getParentRoute: () => stack,
  path: 'updates',
  validateSearch: readUpdateListSearch,
  component: lazyRouteComponent(() => import('./updates/update-list.tsx'), 'UpdateList'),
})

const update = createRoute({
  getParentRoute: () => stack,
  path: 'updates/$version',
  component: lazyRouteComponent(() => import('./updates/update-page.tsx'), 'UpdatePage'),
})

const preview = createRoute({
  getParentRoute: () => stack,
  path: 'previews/$updateId',
  component: lazyRouteComponent(() => import('./updates/preview-page.tsx'), 'PreviewPage'),
})

const deployments = createRoute({
  getParentRoute: () => stack,
  path: 'deployments',
  validateSearch: readDeploymentListSearch,
  component: lazyRouteComponent(() => import('./deployments/deployment-list.tsx'), 'DeploymentList'),
})

const deployment = createRoute({
  getParentRoute: () => stack,
  path: 'deployments/$version',
  validateSearch: readDeploymentSearch,
  component: lazyRouteComponent(() => import('./deployments/deployment-page.tsx'), 'DeploymentPage'),
})

const settings = createRoute({
  getParentRoute: () => stack,
  path: 'settings',
  component: lazyRouteComponent(() => import('./stack/settings-frame.tsx'), 'SettingsFrame'),
})

const firstSettings = createRoute({
  getParentRoute: () => settings,
  path: '/',
  component: lazyRouteComponent(() => import('./stack/settings-frame.tsx'), 'FirstSettings'),
})

const deploySettings = createRoute({
  getParentRoute: () => settings,
  path: 'deploy',
  component: lazyRouteComponent(() => import('./deploy-settings/deploy-settings.tsx'), 'DeploySettings'),
})

const access = createRoute({
  getParentRoute: () => settings,
  path: 'access',
  component: lazyRouteComponent(() => import('./access/access-page.tsx'), 'AccessPage'),
})

const schedules = createRoute({
  getParentRoute: () => settings,
  path: 'schedules',
  component: lazyRouteComponent(() => import('./schedules/schedule-list.tsx'), 'ScheduleList'),
})

const webhooks = createRoute({
  getParentRoute: () => settings,
  path: 'webhooks',
  component: lazyRouteComponent(() => import('./webhooks/stack-webhook-list.tsx'), 'StackWebhookList'),
})

const webhook = createRoute({
  getParentRoute: () => settings,
  path: 'webhooks/$name',
  validateSearch: readWebhookSearch,
  component: lazyRouteComponent(() => import('./webhooks/stack-webhook-page.tsx'), 'StackWebhookPage'),
})

const tree = root.addChildren([
  start,
  stacks,
  stack.addChildren([
    stackOverview,
    updates,
    update,
    preview,
    deployments,
    deployment,
    settings.addChildren([firstSettings, deploySettings, access, schedules, webhooks, webhook]),
  ]),
  ...organizationPages,
])

export const router = createRouter({
  routeTree: tree,
  basepath: basePath,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: PageFailed,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
