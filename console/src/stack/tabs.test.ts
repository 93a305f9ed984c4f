import { expect, it } from 'vitest'
import { tabOf } from './tabs.ts'

it.each([
  ['/acme/shop/dev', ''],
  ['/acme/shop/dev/', ''],
  ['/acme/shop/dev/updates', '/updates'],
  ['/acme/shop/dev/updates/3', '/updates'],
  ['/acme/shop/dev/previews/6f1c', '/updates'],
  ['/acme/shop/dev/deployments/3', '/deployments'],
  ['/acme/shop/dev/settings/schedules', '/settings'],
  ['/acme/deployments/updates', ''],
])('%s belongs to the tab "%s"', (pathname, page) =>
  expect(tabOf(pathname)).toBe(`/$organization/$project/$stack${page}`),
)
