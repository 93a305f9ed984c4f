/** One resource with its properties, which are fetched when it is opened. */
import { Code, Modal, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { StackNames } from '../deployments/deployments.ts'
import { QueryView } from '../parts/query-view.tsx'
import { PropertyTable } from '../properties/property-table.tsx'
import { resourceQuery, type WholeResource } from './resources.ts'
import { partsOfUrn } from './urn.ts'

interface Props {
  readonly names: StackNames
  /** Undefined: closed. */
  readonly urn: string | undefined
  readonly onOpen: (urn: string | undefined) => void
}

export function ResourceDetails({ names, urn, onOpen }: Props) {
  const title = urn === undefined ? '' : partsOfUrn(urn).name
  return (
    <Modal opened={urn !== undefined} onClose={() => onOpen(undefined)} title={title} size="xl">
      {urn !== undefined && <Details names={names} urn={urn} onOpen={onOpen} />}
    </Modal>
  )
}

function Details({ names, urn, onOpen }: Props & { readonly urn: string }) {
  return (
    <QueryView query={useQuery(resourceQuery(names, urn))}>
      {(resource) => (
        <Stack>
          <PropertyTable entries={factsOf(resource)} label="About" />
          {resource.dependencies.length > 0 && (
            <Stack gap={4}>
              <Title order={3} size="h5">
                Depends on
              </Title>
              {resource.dependencies.map((one) => (
                <UnstyledButton key={one} onClick={() => onOpen(one)} title={one} td="underline" fz="sm">
                  {partsOfUrn(one).name} <Code>{partsOfUrn(one).type}</Code>
                </UnstyledButton>
              ))}
            </Stack>
          )}
          <Properties title="Inputs" values={resource.inputs} />
          <Properties title="Outputs" values={resource.outputs} />
        </Stack>
      )}
    </QueryView>
  )
}

function factsOf({ type, id, urn, protect }: WholeResource): [string, unknown][] {
  const found: [string, unknown][] = [['Type', type]]
  if (id) found.push(['Id at the provider', id])
  found.push(['URN', urn])
  if (protect) found.push(['Protected', 'yes: no update deletes it'])
  return found
}

interface PropertiesProps {
  readonly title: string
  readonly values: Readonly<Record<string, unknown>> | undefined
}

function Properties({ title, values = {} }: PropertiesProps) {
  // How Pulumi remembers which ones have defaults is no property.
  const entries = Object.entries(values).filter(([name]) => name !== '__defaults')
  return (
    <Stack gap={4}>
      <Title order={3} size="h5">
        {title}
      </Title>
      {entries.length === 0 ? (
        <Text size="sm" c="dimmed">
          None.
        </Text>
      ) : (
        <PropertyTable entries={entries.sort(([one], [other]) => (one < other ? -1 : 1))} label={title} />
      )}
    </Stack>
  )
}
