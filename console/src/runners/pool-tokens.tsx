/** The tokens with which runners claim from a pool. */
import { Alert, Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { Section } from '../parts/section.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { useMakePoolToken, useRevokePoolToken } from './actions.ts'
import { NewPoolToken } from './new-pool-token.tsx'
import { type PoolToken, poolTokensQuery } from './pools.ts'

interface Props {
  readonly organization: string
  readonly pool: string
}

export function PoolTokens({ organization, pool }: Props) {
  const query = useQuery(poolTokensQuery(organization, pool))
  const make = useMakePoolToken(organization, pool)
  const [token, setToken] = useState<string>()
  return (
    <Section
      title="Tokens"
      action={
        <Button
          variant="default"
          loading={make.isPending}
          onClick={() => make.mutate(undefined, { onSuccess: ({ tokenValue }) => setToken(tokenValue) })}
        >
          New token
        </Button>
      }
    >
      {make.error && (
        <Alert color="red" role="alert" mb="sm">
          {make.error.message}
        </Alert>
      )}
      <QueryView query={query} skeletonLines={2}>
        {(tokens) =>
          tokens.length === 0 ? (
            <Empty title="No tokens">Make one to start a runner with it.</Empty>
          ) : (
            <Rows label="Tokens">
              {tokens.map((one) => (
                <TokenRow key={one.id} organization={organization} pool={pool} token={one} />
              ))}
            </Rows>
          )
        }
      </QueryView>
      {token && <NewPoolToken pool={pool} token={token} onClose={() => setToken(undefined)} />}
    </Section>
  )
}

function TokenRow({ organization, pool, token }: Props & { readonly token: PoolToken }) {
  const { id, ephemeral, createdAt, expiresAt } = token
  const revoke = useRevokePoolToken(organization, pool, id)
  const start = id.slice(0, 8)
  return (
    <Row>
      <Stack gap={2} style={{ minWidth: 0, flex: '1 1 220px' }}>
        <Text ff="monospace" size="sm">
          {start}
        </Text>
        <Text size="sm" c="dimmed" component="span">
          Made <TimeAgo at={new Date(createdAt)} />
          {expiresAt && (
            <>
              , ends <TimeAgo at={new Date(expiresAt)} />
            </>
          )}
          {ephemeral && ', for a runner that logged in by OIDC'}
        </Text>
      </Stack>
      <ConfirmButton
        size="xs"
        label="Revoke"
        of={start}
        title={`Revoke the token ${start} of ${pool}?`}
        confirm="Revoke token"
        act={revoke}
      >
        Runners that use it can claim nothing any more.
      </ConfirmButton>
    </Row>
  )
}
