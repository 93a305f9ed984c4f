/** The keys that sign for every organization of this installation, for those who administer it. */
import { Alert, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconKey } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { QueryView } from '../parts/query-view.tsx'
import { duration } from '../parts/time.ts'
import { inOrder, type KeyStatus } from './key.ts'
import { KeyRow } from './key-row.tsx'
import { keysQuery, useRotate } from './keys.ts'
import { PublicationFacts } from './publication-facts.tsx'

export function InstallationKeys({ isSiteAdmin }: { readonly isSiteAdmin: boolean }) {
  const query = useQuery({ ...keysQuery, enabled: isSiteAdmin })
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Signing keys
        </Title>
        <RotateButton isSiteAdmin={isSiteAdmin} />
      </Group>
      {isSiteAdmin ? (
        <QueryView query={query} skeletonLines={3}>
          {(status) => <Keys status={status} />}
        </QueryView>
      ) : (
        <Text size="sm" c="dimmed">
          They sign for all organizations here, so only admins of the installation see and rotate them. What
          is public of them stands at the address of the keys.
        </Text>
      )}
    </Paper>
  )
}

function RotateButton({ isSiteAdmin }: { readonly isSiteAdmin: boolean }) {
  const rotate = useRotate()
  const start = () =>
    rotate.mutate(undefined, {
      onSuccess: () =>
        notifications.show({
          color: 'green',
          message: 'The next key is made. It signs when clouds have had time to fetch it.',
        }),
      onError: ({ message }) => notifications.show({ color: 'red', title: 'Not rotated', message }),
    })
  return (
    <Button
      variant="default"
      leftSection={<IconKey size={16} aria-hidden />}
      onClick={start}
      loading={rotate.isPending}
      disabled={!isSiteAdmin}
      title={isSiteAdmin ? undefined : 'Only admins of the installation rotate keys'}
    >
      Rotate
    </Button>
  )
}

function Keys({ status }: { readonly status: KeyStatus }) {
  const { keys, leadSeconds, maxAgeSeconds, newKeysHeldBy, publication } = status
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        A new key is published {duration(leadSeconds * 1000)} before it signs; whoever fetched the keys may
        keep them for {duration(maxAgeSeconds * 1000)}. New keys are held by{' '}
        {newKeysHeldBy === 'pkcs11' ? 'the PKCS #11 token' : 'the database, sealed'}.
      </Text>
      {publication?.state === 'failing' && (
        <Alert color="red" title="Publishing fails">
          No new key begins to sign until it works again.
        </Alert>
      )}
      <Paper withBorder>
        {inOrder(keys).map((key) => (
          <KeyRow key={key.kid} signingKey={key} />
        ))}
      </Paper>
      {publication && <PublicationFacts publication={publication} />}
    </Stack>
  )
}
