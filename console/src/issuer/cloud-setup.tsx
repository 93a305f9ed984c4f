/** The commands that make a cloud trust this stack, once its owner has said which account is meant. */
import { OPERATIONS, type Operation } from '@daypass/trust/subject.ts'
import { Alert, Checkbox, Group, Stack, Tabs, TextInput, Title } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { CodeText } from '../parts/code-text.tsx'
import type { Cloud } from './search.ts'
import { FIELDS, setupOf } from './setup-commands.ts'
import type { StackTrust } from './trust.ts'
import { trustScopeOf } from './trust-documents.ts'

const LABELS: Readonly<Record<Cloud, string>> = { aws: 'AWS', azure: 'Azure', google: 'Google Cloud' }
const route = getRouteApi('/$organization/settings/issuer')

interface Props {
  readonly organization: string
  /** `project/stack` */
  readonly stack: string
  readonly trust: StackTrust
}

export function CloudSetup(props: Props) {
  const { cloud = 'aws' } = route.useSearch()
  const navigate = route.useNavigate()
  const [operations, setOperations] = useState<readonly Operation[]>(['preview', 'update'])
  return (
    <Stack gap="sm">
      <Title order={3} size="h5" mt="sm">
        Let a cloud trust it
      </Title>
      <Checkbox.Group
        label="Operations"
        value={[...operations]}
        onChange={(chosen) => setOperations(OPERATIONS.filter((one) => chosen.includes(one)))}
      >
        <Group mt="xs">
          {OPERATIONS.map((operation) => (
            <Checkbox key={operation} value={operation} label={operation} />
          ))}
        </Group>
      </Checkbox.Group>
      <Tabs
        value={cloud}
        onChange={(chosen) =>
          void navigate({ search: (before) => ({ ...before, cloud: chosen as Cloud }), replace: true })
        }
        keepMounted={false}
      >
        <Tabs.List aria-label="Clouds">
          {Object.entries(LABELS).map(([value, label]) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {(Object.keys(LABELS) as Cloud[]).map((one) => (
          <Tabs.Panel key={one} value={one} pt="md">
            <Commands {...props} cloud={one} operations={operations} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  )
}

interface CommandsProps extends Props {
  readonly cloud: Cloud
  readonly operations: readonly Operation[]
}

function Commands({ organization, stack: place, trust, cloud, operations }: CommandsProps) {
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({})
  const [project = '', stack = ''] = place.split('/')
  const scope = trustScopeOf(trust, { organization, project, stack }, operations)
  const setup = setupOf(cloud, { ...scope, given })
  return (
    <Stack gap="sm">
      <Group>
        {FIELDS[cloud].map(({ name, label, placeholder }) => (
          <TextInput
            key={name}
            label={label}
            placeholder={placeholder}
            value={given[name] ?? ''}
            onChange={({ currentTarget: { value } }) => setGiven((before) => ({ ...before, [name]: value }))}
            w={{ base: '100%', xs: 340 }}
          />
        ))}
      </Group>
      {setup.ok ? (
        <CodeText label={`Commands for ${LABELS[cloud]}`} text={setup.commands} />
      ) : (
        <Alert color="yellow">{setup.sentence}</Alert>
      )}
    </Stack>
  )
}
