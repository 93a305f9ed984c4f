/** An update or a preview: what it was, what it did to each resource, what was said, and what it was run with. */
import { Paper, Stack, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { StackNames } from '../deployments/deployments.ts'
import { Empty } from '../parts/empty.tsx'
import { PropertyTable } from '../properties/property-table.tsx'
import { configOf, environmentOf } from './facts.ts'
import { UpdateHeader } from './update-header.tsx'
import type { Update } from './updates.ts'

interface Props {
  readonly names: StackNames
  readonly update: Update
  readonly title: string
}

export function UpdateView({ names, update, title }: Props) {
  const config = configOf(update.info.config)
  const environment = environmentOf(update.info.environment)
  return (
    <Stack>
      <UpdateHeader names={names} update={update} title={title} />
      <Part title="Configuration">
        {config.length === 0 ? (
          <Empty title="No configuration">
            It ran with none; set some with <code>pulumi config set</code>.
          </Empty>
        ) : (
          <PropertyTable entries={config} label="Configuration" />
        )}
      </Part>
      <Part title="Environment">
        {environment.length === 0 ? (
          <Empty title="Nothing known">The program that ran it said nothing of its surroundings.</Empty>
        ) : (
          <PropertyTable entries={environment} label="Environment" />
        )}
      </Part>
    </Stack>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={3} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  )
}
