import { Badge, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { Section } from '../parts/section.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { useRevokeToken } from './actions.ts'
import { NewToken } from './new-token.tsx'
import { nameOf, type Token, type TokenOwner, tokensQuery } from './tokens.ts'

interface Props {
  readonly owner: TokenOwner
  /** Whose limits count, and whose page this is. */
  readonly organization: string
  readonly title: string
}

export function TokenList({ owner, organization, title }: Props) {
  const query = useQuery(tokensQuery(owner))
  return (
    <Section title={title} action={<NewToken owner={owner} organization={organization} />}>
      <QueryView query={query} skeletonLines={3}>
        {(tokens) =>
          tokens.length === 0 ? (
            <Empty title="No tokens">Make one for a program or a machine that works with Daypass.</Empty>
          ) : (
            <Rows label={title}>
              {tokens.map((token) => (
                <TokenRow key={token.id} owner={owner} token={token} />
              ))}
            </Rows>
          )
        }
      </QueryView>
    </Section>
  )
}

function TokenRow({ owner, token }: { readonly owner: TokenOwner; readonly token: Token }) {
  const { id, name, description, admin, created, createdBy, lastUsed, expires } = token
  const called = nameOf(token)
  const revoke = useRevokeToken(owner, id)
  return (
    <Row>
      <Stack gap={2} style={{ minWidth: 0, flex: '1 1 260px', overflowWrap: 'anywhere' }}>
        <Group gap="xs">
          <Text fw={500}>{called}</Text>
          {admin && (
            <Badge variant="default" tt="none">
              Admin
            </Badge>
          )}
        </Group>
        {name && description && (
          <Text size="sm" c="dimmed">
            {description}
          </Text>
        )}
        <Text size="sm" c="dimmed" component="span">
          Made <TimeAgo at={new Date(created)} />
          {owner.kind !== 'personal' && createdBy && ` by ${createdBy}`}
          {' · '}
          {lastUsed === 0 ? (
            'never used'
          ) : (
            <>
              last used <TimeAgo at={new Date(lastUsed * 1000)} />
            </>
          )}
          {' · '}
          <Expiry seconds={expires} />
        </Text>
      </Stack>
      <ConfirmButton
        size="xs"
        label="Revoke"
        of={called}
        title={`Revoke the token ${called}?`}
        confirm="Revoke token"
        act={revoke}
      >
        Whatever uses it is refused from now on.{' '}
        {owner.kind === 'personal'
          ? 'A session of this console that was begun with it ends, too.'
          : 'Its name stays taken, for the audit log names it.'}
      </ConfirmButton>
    </Row>
  )
}

function Expiry({ seconds }: { readonly seconds: number }) {
  if (seconds === 0) return 'never ends'
  const at = new Date(seconds * 1000)
  return (
    <>
      {at < new Date() ? 'ended ' : 'ends '}
      <TimeAgo at={at} />
    </>
  )
}
