import { Badge, Group, Stack, Text } from '@mantine/core'
import { Fragment } from 'react'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import rows from '../parts/rows.module.css'
import { TimeAgo } from '../parts/time-ago.tsx'
import { momentsOf, type SigningKey, stateOf } from './key.ts'
import { useRevoke } from './keys.ts'

export function KeyRow({ signingKey }: { readonly signingKey: SigningKey }) {
  const { kid, state, heldBy } = signingKey
  const { color, says } = stateOf(signingKey)
  const dot = {
    display: 'block',
    width: 8,
    height: 8,
    borderRadius: 4,
    background: `var(--mantine-color-${color}-6)`,
  }
  return (
    <Group px="md" py="sm" justify="space-between" className={rows.row}>
      <Stack gap={2} style={{ minWidth: 0 }}>
        <Group gap="xs">
          <Badge variant="default" tt="none" leftSection={<span aria-hidden style={dot} />}>
            {says}
          </Badge>
          <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {kid}
          </Text>
        </Group>
        <Text size="sm" c="dimmed" component="div">
          {momentsOf(signingKey).map((moment, index) => (
            <Fragment key={moment.says}>
              {index > 0 && ' · '}
              {moment.says} <TimeAgo at={new Date(moment.at)} />
            </Fragment>
          ))}
          {heldBy === 'pkcs11' && ' · held by the PKCS #11 token'}
        </Text>
      </Stack>
      {state !== 'retired' && <Revoke signingKey={signingKey} />}
    </Group>
  )
}

function Revoke({ signingKey: { kid, state } }: { readonly signingKey: SigningKey }) {
  const revoke = useRevoke(kid)
  return (
    <ConfirmButton
      label="Revoke"
      size="xs"
      title={`Revoke the key ${kid.slice(0, 12)}…?`}
      confirm="Revoke this key"
      act={revoke}
    >
      Do this when the key may be known to somebody else. It is taken out of what is published at once, and
      tokens that it signed are refused as soon as a cloud fetches the keys again.
      {state === 'signing' &&
        ' It is the one that signs: another one signs from now on, and clouds that keep the old keys refuse deployments until they fetch again.'}
    </ConfirmButton>
  )
}
