import type { TracedDeployment } from '@daypass/contract/token-trace.ts'
import { Code, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Copy } from '../parts/copy-button.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import { QueryView } from '../parts/query-view.tsx'
import type { Deployment } from './deployment.ts'
import { purposeOf, tokensQuery } from './tokens.ts'

interface Props {
  readonly organization: string
  readonly deployment: Deployment
}

/** For admins: what the tokens said beside the subject, and when each was issued, for whom, until when. */
export function IssuedTokens({ organization, deployment: { id, status } }: Props) {
  const { queryKey, ...rest } = tokensQuery(organization, id)
  // By its status: more are issued while it runs.
  const query = useQuery({ ...rest, queryKey: [...queryKey, status] })
  return (
    <QueryView query={query} skeletonLines={3}>
      {(traced) => (traced ? <Issued traced={traced} /> : <Text size="sm">No token was issued.</Text>)}
    </QueryView>
  )
}

function Issued({ traced }: { readonly traced: TracedDeployment }) {
  const { tokens, operation, version, requestedBy, trigger, repository, commit } = traced
  const claims = {
    operation,
    deployment: version === undefined ? undefined : String(version),
    'urn:daypass:actor': requestedBy,
    'urn:daypass:trigger': trigger,
    'urn:daypass:repository': repository,
    'urn:daypass:commit': commit,
  }
  return (
    <Stack>
      <Facts>
        {Object.entries(claims).map(
          ([name, value]) =>
            value && (
              <Fact key={name} name={<span style={{ fontSize: 12 }}>{name}</span>}>
                <Code>{value}</Code>
              </Fact>
            ),
        )}
      </Facts>
      <Title order={3} size="h5">
        {tokens.length === 1 ? '1 token was issued' : `${tokens.length} tokens were issued`}
      </Title>
      <Table.ScrollContainer minWidth={640} scrollAreaProps={{ 'aria-label': 'Issued tokens' }}>
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Issued</Table.Th>
              <Table.Th>What for</Table.Th>
              <Table.Th>Audience</Table.Th>
              <Table.Th>Expires</Table.Th>
              <Table.Th>Id (jti), for the cloud’s log</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tokens.map((token) => (
              <Table.Tr key={token.id}>
                <Table.Td>{new Date(token.issuedAt).toLocaleString()}</Table.Td>
                <Table.Td>{purposeOf(token.purpose)}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{token.audience}</Table.Td>
                <Table.Td>{new Date(token.expiresAt).toLocaleTimeString()}</Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <Code>{token.id}</Code> <Copy label="Copy the id of the token" text={token.id} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  )
}
