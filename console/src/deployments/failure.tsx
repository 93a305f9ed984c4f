/** Why a deployment did not succeed. Where a cloud refused it: the clause that did, and the mend, ready to be copied. */
import { Alert, Code, Group, List, Stack, Text } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { CodeText } from '../parts/code-text.tsx'
import { CopyTextButton } from '../parts/copy-button.tsx'
import type { TrustRefusal } from './credentials-step.ts'

interface Props {
  readonly failure: { readonly message: string }
  readonly refusals: readonly TrustRefusal[]
}

export function Failure({ failure, refusals }: Props) {
  if (refusals.length > 0) {
    return refusals.map((refusal) => <Refused key={refusal.code + refusal.mend} refusal={refusal} />)
  }
  return (
    <Alert color="red" title="It failed" role="alert">
      <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {failure.message}
      </Text>
    </Alert>
  )
}

function Refused({ refusal: { sentence, clause, mend, checks, policy, code } }: { refusal: TrustRefusal }) {
  return (
    <Alert
      color="red"
      role="alert"
      icon={<IconLock aria-hidden />}
      title="The cloud did not let the deployment in"
    >
      <Stack gap="sm" style={{ overflowWrap: 'anywhere' }}>
        <Text size="sm">{sentence}</Text>
        {clause && (
          <Text size="sm">
            Refused by <Code>{clause}</Code>
          </Text>
        )}
        <Stack gap={4}>
          <Text size="sm" fw={600}>
            What to change
          </Text>
          <Text size="sm">{mend}</Text>
          {checks.length > 0 && (
            <List size="sm">
              {checks.map((check) => (
                <List.Item key={check}>{check}</List.Item>
              ))}
            </List>
          )}
        </Stack>
        {policy && <CodeText label="Trust policy that lets in this deployment and no other" text={policy} />}
        <Group gap="sm">
          <CopyTextButton text={mend} label="Copy what to change" />
          {code && (
            <Text size="xs" c="dimmed">
              {code}
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  )
}
