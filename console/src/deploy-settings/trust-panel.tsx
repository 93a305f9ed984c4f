/** Below a cloud's fields: the subjects to register, the document that trusts them, and a test of what is there. */

import { OPERATIONS, type Operation } from '@daypass/trust/subject.ts'
import { Chip, Group, Paper, Select, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { StackNames } from '../deployments/deployments.ts'
import { type StackTrust, trustQuery } from '../issuer/trust.ts'
import { CodeText } from '../parts/code-text.tsx'
import { Copy } from '../parts/copy-button.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { generated } from './generated.ts'
import { CLOUDS, type Cloud } from './oidc-form.ts'
import { TestTrust } from './test-trust.tsx'
import { useDeployForm } from './use-deploy-form.ts'

interface Props {
  readonly cloud: Cloud
  readonly names: StackNames
}

export function TrustPanel({ cloud, names }: Props) {
  const trust = useQuery(trustQuery(names))
  const { name } = CLOUDS[cloud]
  return (
    <Paper withBorder p="md">
      <Title order={3} size="h5" mb="xs">
        What {name} has to trust
      </Title>
      <QueryView query={trust} skeletonLines={4}>
        {(found) => (
          <Stack>
            <Subjects trust={found} />
            <Policy cloud={cloud} names={names} trust={found} />
            <TestTrust cloud={cloud} names={names} />
          </Stack>
        )}
      </QueryView>
    </Paper>
  )
}

function Subjects({ trust: { issuer, audience, subjects } }: { readonly trust: StackTrust }) {
  const rows = [
    { name: 'issuer', value: issuer },
    { name: 'audience', value: audience },
    ...subjects.map(({ operation, subject }) => ({ name: operation, value: subject })),
  ]
  return (
    <Facts>
      {rows.map(({ name, value }) => (
        <Fact key={name} name={name}>
          <Group wrap="nowrap" gap="xs" justify="space-between">
            <Text ff="monospace" fz="xs" style={{ overflowWrap: 'anywhere' }}>
              {value}
            </Text>
            <Copy label={`Copy: ${name}`} text={value} />
          </Group>
        </Fact>
      ))}
    </Facts>
  )
}

function Policy({ cloud, names, trust }: Props & { readonly trust: StackTrust }) {
  const form = useDeployForm()
  const [operations, setOperations] = useState<readonly string[]>(OPERATIONS)
  const [tool, setTool] = useState('')
  const chosen = OPERATIONS.filter((one) => operations.includes(one)) as readonly Operation[]
  const made = generated(cloud, trust, names, form.values.oidc[cloud], chosen)
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500} id={`operations-${cloud}`}>
        Let in
      </Text>
      <Chip.Group multiple value={[...operations]} onChange={setOperations}>
        <Group gap={6} role="group" aria-labelledby={`operations-${cloud}`}>
          {OPERATIONS.map((operation) => (
            <Chip key={operation} value={operation} size="xs">
              {operation}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      {'missing' in made ? (
        <Text size="sm" c="dimmed">
          {made.missing}
        </Text>
      ) : (
        <Texts texts={made.texts} tool={tool} onTool={setTool} name={CLOUDS[cloud].name} />
      )}
    </Stack>
  )
}

interface TextsProps {
  readonly texts: Readonly<Record<string, string>>
  readonly tool: string
  readonly onTool: (tool: string) => void
  /** Of the cloud. */
  readonly name: string
}

function Texts({ texts, tool, onTool, name }: TextsProps) {
  const tools = Object.keys(texts)
  const shown = tool in texts ? tool : (tools[0] ?? '')
  return (
    <>
      <Select
        label="Written for"
        aria-label={`Written for, ${name}`}
        data={tools}
        value={shown}
        onChange={(chosen) => chosen && onTool(chosen)}
        allowDeselect={false}
        w={240}
      />
      <CodeText label={`${shown}, ${name}`} text={texts[shown] ?? ''} />
    </>
  )
}
