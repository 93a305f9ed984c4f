/** An update or a preview: what it was, what it did to each resource, what was said, and what it was run with. */
import { Alert, Button, Paper, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { StackNames } from '../deployments/deployments.ts'
import { PropertyTable } from '../properties/property-table.tsx'
import { stackPath } from '../stack/path.ts'
import { configOf, environmentOf } from './facts.ts'
import { Messages } from './messages.tsx'
import { StepList } from './step-list.tsx'
import { UpdateHeader } from './update-header.tsx'
import type { Update } from './updates.ts'
import { useEvents } from './use-events.ts'

interface Props {
  readonly names: StackNames
  readonly update: Update
  readonly isPreview?: boolean
}

export function UpdateView({ names, update, isPreview = false }: Props) {
  const config = configOf(update.info.config)
  const environment = environmentOf(update.info.environment)
  return (
    <Stack>
      <UpdateHeader names={names} update={update} isPreview={isPreview} />
      <WhatHappened path={`${stackPath(names)}/update/${update.updateID}`} isPreview={isPreview} />
      <Part title="Configuration">
        {config.length === 0 ? (
          <Text size="sm" c="dimmed">
            It ran with none; set some with <code>pulumi config set</code>.
          </Text>
        ) : (
          <PropertyTable entries={config} label="Configuration" />
        )}
      </Part>
      <Part title="Environment">
        {environment.length === 0 ? (
          <Text size="sm" c="dimmed">
            Who ran it said nothing of the surroundings.
          </Text>
        ) : (
          <PropertyTable entries={environment} label="Environment" />
        )}
      </Part>
    </Stack>
  )
}

/** By what the engine said while it worked. */
function WhatHappened({ path, isPreview }: { readonly path: string; readonly isPreview: boolean }) {
  const { followed, readOn } = useEvents(path)
  const { told, read, state, message } = followed
  return (
    <>
      {told.messages.length > 0 && (
        <Part title="Messages">
          <Messages messages={told.messages} />
        </Part>
      )}
      <Part title="Changes">
        {state === 'refused' ? (
          <Alert color="yellow">{message}</Alert>
        ) : (
          <StepList steps={told.steps} isPreview={isPreview} isReading={state === 'reading'} />
        )}
        {state === 'paused' && (
          <Button variant="default" mt="sm" onClick={readOn}>
            Read more than {read.toLocaleString()} events
          </Button>
        )}
      </Part>
    </>
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
