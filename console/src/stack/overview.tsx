/** A stack at a glance: what was done to it last, what it gives to others, and what it is made of. */
import { Paper, Stack, Title } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Resources } from '../resources/resources-part.tsx'
import { Activity } from './activity.tsx'
import { Outputs } from './outputs.tsx'
import { Standing } from './standing.tsx'
import { Tags } from './tags.tsx'

const route = getRouteApi('/$organization/$project/$stack')

export function Overview() {
  const names = route.useParams()
  return (
    <Stack>
      <Standing names={names} />
      <Part title="Last activity">
        <Activity names={names} />
      </Part>
      <Part title="Outputs">
        <Outputs names={names} />
      </Part>
      <Part title="Resources">
        <Resources names={names} />
      </Part>
      <Part title="Tags">
        <Tags names={names} />
      </Part>
    </Stack>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  )
}
