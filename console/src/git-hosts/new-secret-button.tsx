/** Another secret for what a git host sends, shown once. */
import { Text } from '@mantine/core'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { useNewSecret } from './actions.ts'
import type { HostNames } from './git-hosts.ts'

export function NewSecretButton({ names }: { readonly names: HostNames }) {
  const change = useNewSecret(names)
  const secret = change.data?.webhookSecret
  return (
    <>
      <ConfirmButton
        label="New secret"
        title={`A new webhook secret for ${names.host}?`}
        confirm="Make a new secret"
        act={change}
      >
        The old one stops counting at once: what the host sends is refused until you set the new one there.
        From now on, its events act for you.
      </ConfirmButton>
      {secret !== undefined && (
        <ShownOnce title={`The new webhook secret of ${names.host}`} secret={secret} onClose={change.reset}>
          <Text size="sm">Set it at the webhook of the host, then send a test event there.</Text>
        </ShownOnce>
      )}
    </>
  )
}
