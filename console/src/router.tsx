/**
 * The visible list of pages. Addresses are Pulumi Cloud's where they are known, so that links which the CLI prints open
 * here. Each page is a piece of its own that is loaded when it is first opened.
 */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { basePath } from './api/base.ts'
import { readDeploymentListSearch } from './deployments/search.ts'
import { readGitHostSearch } from './git-hosts/search.ts'
import { NotFound } from './shell/not-found.tsx'
import { PageFailed } from './shell/page-failed.tsx'
import { Root } from './shell/root.tsx'
import { Start } from './shell/start.tsx'
import { readStackListSearch } from './stacks/search.ts'
import { readUpdateListSearch } from './updates/search.ts'
import { readWebhookSearch } from './webhooks/search.ts'

const root = createRootRoute({ component: Root, notFoundComponent: NotFound })

const start = createRoute({ getParentRoute: () => root, path: '/', component: Start })

const stacks = createRoute({
  getParentRoute: () => root,
  path: '/$organization',
  validateSearch: readStackListSearch,
  component: lazyRouteComponent(() => import('./stacks/stack-list.tsx'), 'StackList'),
})

const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/$organization/settings/webhooks',
  component: lazyRouteComponent(() => import('./webhooks/webhook-list.tsx'), 'WebhookList'),
})

const webhook = createRoute({
  getParentRoute: () => root,
  path: '/$organization/settings/webhooks/$name',
  validateSearch: readWebhookSearch,
  component: lazyRouteComponent(() => import('./webhooks/webhook-page.tsx'), 'WebhookPage'),
})

const gitHosts = createRoute({
  getParentRoute: () => root,
  path: '/$organization/settings/git-hosts',
  component: lazyRouteComponent(() => import('./git-hosts/git-host-list.tsx'), 'GitHostList'),
})

const gitHost = createRoute({
  getParentRoute: () => root,
  path: '/$organization/settings/git-hosts/$host',
  validateSearch: readGitHostSearch,
  component: lazyRouteComponent(() => import('./git-hosts/git-host-page.tsx'), 'GitHostPage'),
})

const stack = createRoute({
  getParentRoute: () => root,
  path: '/$organization/$project/$stack',
  component: lazyRouteComponent(() => import('./stack/stack-page.tsx'), 'StackPage'),
})

const stackOverview = createRoute({
  getParentRoute: () => stack,
  path: '/',
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
  component: lazyRouteComponent(() => import('./deployments/deployment-page.tsx'), 'DeploymentPage'),
})

const tree = root.addChildren([
  start,
  stacks,
  stack.addChildren([stackOverview, updates, update, preview, deployments, deployment]),
  webhooks,
  webhook,
  gitHosts,
  gitHost,
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
