/** What every page stands in. */
import { createRootRoute } from '@tanstack/react-router'
import { NotFound } from './shell/not-found.tsx'
import { Root } from './shell/root.tsx'

export const root = createRootRoute({ component: Root, notFoundComponent: NotFound })
