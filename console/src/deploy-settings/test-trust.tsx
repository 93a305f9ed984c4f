/** Explains, for each operation, whether the documents of a cloud let it in, and what to change where they do not. */
import { Alert, Badge, Button, Group, Stack, Table, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { StackNames } from '../deployments/deployments.ts'
import { CodeText } from '../parts/code-text.tsx'
import { MONOSPACE } from '../parts/monospace.ts'
import { readDocuments } from './documents.ts'
import { type ExplainedTrust, useExplainTrust } from './explain-trust.ts'
import { printCommands } from './generated.ts'
import { CLOUDS, type Cloud } from './oidc-form.ts'
import { useDeployForm } from './use-deploy-form.ts'

interface Props {
  readonly cloud: Cloud
  readonly names: StackNames
}

export function TestTrust({ cloud, names }: Props) {
  const form = useDeployForm()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string>()
  const explain = useExplainTrust(names)
  const test = () => {
    const documents = readDocuments(text)
    setProblem(typeof documents === 'string' ? documents : undefined)
    if (typeof documents !== 'string') explain.mutate(documents)
    else explain.reset()
  }
  const { name } = CLOUDS[cloud]
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        Test trust
      </Text>
      <Text size="sm" c="dimmed">
        Daypass has no access to {name} and asks it nothing. Run this where you have, and paste what it
        prints:
      </Text>
      <CodeText label={`Prints what ${name} trusts`} text={printCommands(cloud, form.values.oidc[cloud])} />
      <Textarea
        aria-label={`What ${name} trusts`}
        placeholder="{ … }"
        autosize
        minRows={3}
        maxRows={12}
        styles={MONOSPACE}
        value={text}
        error={problem}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Group>
        <Button variant="default" onClick={test} loading={explain.isPending}>
          Test trust
        </Button>
      </Group>
      {explain.error && (
        <Alert color="red" role="alert">
          {explain.error.message}
        </Alert>
      )}
      {explain.data && <Explained explained={explain.data} />}
    </Stack>
  )
}

function Explained({ explained: { operations, findings } }: { readonly explained: ExplainedTrust }) {
  return (
    <Stack gap="sm" role="status">
      <Table verticalSpacing="xs">
        <Table.Tbody>
          {operations.map(({ operation, allowed, by, explanations }) => (
            <Table.Tr key={operation}>
              <Table.Th style={{ verticalAlign: 'top', whiteSpace: 'nowrap' }}>{operation}</Table.Th>
              <Table.Td>
                <Badge color={allowed ? 'teal' : 'red'} variant="light" mb={4}>
                  {allowed ? 'let in' : 'refused'}
                </Badge>
                {by && (
                  <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                    By {by}.
                  </Text>
                )}
                {explanations.slice(0, 1).map(({ code, sentence, mend }) => (
                  <Stack key={code} gap={4}>
                    <Text size="sm">{sentence}</Text>
                    {mend && <CodeText label={`The mend for ${operation}`} text={mend} />}
                  </Stack>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {findings.map(({ severity, code, sentence, mend }) => (
        <Alert key={`${code} ${sentence}`} color={severity === 'error' ? 'red' : 'yellow'} title={sentence}>
          {mend}
        </Alert>
      ))}
    </Stack>
  )
}
