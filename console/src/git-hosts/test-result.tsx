/** What the host said when it was asked who we are there. */
import { Alert, List } from '@mantine/core'
import type { TestedGitHost } from './git-host.ts'

interface Props {
  readonly tested: TestedGitHost | undefined
  readonly error: Error | null
}

export function TestResult({ tested, error }: Props) {
  if (error) {
    return (
      <Alert color="red" role="alert" title="The test could not be made">
        {error.message}
      </Alert>
    )
  }
  if (!tested) return null
  const { identity, missing } = tested
  const who = identity ? `The host knows Daypass as ${identity}.` : ''
  if (missing.length === 0) {
    return (
      <Alert color="green" role="status" title="Nothing is missing">
        {who}
      </Alert>
    )
  }
  return (
    <Alert color="yellow" role="status" title="Something is missing">
      {who}
      <List size="sm" mt="xs">
        {missing.map((sentence) => (
          <List.Item key={sentence}>{sentence}</List.Item>
        ))}
      </List>
    </Alert>
  )
}
