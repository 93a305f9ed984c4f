/** What can be done with one webhook. */
import { Button, Group, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconSend } from '@tabler/icons-react'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { sayNotDone } from '../parts/not-done.ts'
import { usePing, useRemoveWebhook, useSwitchWebhook } from './actions.ts'
import { type Delivery, outcomeOf, type Webhook, type WebhookOwner } from './webhook.ts'
import { WebhookForm } from './webhook-form.tsx'

interface Props {
  readonly owner: WebhookOwner
  readonly webhook: Webhook
  readonly onSent: (delivery: Delivery) => void
  readonly onRemoved: () => void
}

export function WebhookActions({ owner, webhook, onSent, onRemoved }: Props) {
  const { name, displayName, active } = webhook
  const [isOpen, { open, close }] = useDisclosure(false)
  const ping = usePing(owner, name)
  const toggle = useSwitchWebhook(owner, name)
  const remove = useRemoveWebhook(owner, name)
  const removeAndLeave = { ...remove, mutateAsync: () => remove.mutateAsync().then(onRemoved) }
  return (
    <Group gap="xs">
      <Button
        leftSection={<IconSend size={16} aria-hidden />}
        loading={ping.isPending}
        onClick={() =>
          ping.mutate(undefined, {
            onSuccess: (delivery) => {
              tell(delivery)
              onSent(delivery)
            },
            onError: sayNotDone,
          })
        }
      >
        Send a ping
      </Button>
      <Button variant="default" onClick={open}>
        Edit
      </Button>
      <Button
        variant="default"
        loading={toggle.isPending}
        onClick={() => toggle.mutate(!active, { onError: sayNotDone })}
      >
        {active ? 'Switch off' : 'Switch on'}
      </Button>
      <ConfirmButton
        label="Remove"
        title={`Remove the webhook ${displayName}?`}
        confirm="Remove webhook"
        act={removeAndLeave}
      >
        Nothing more is sent to it, and the record of its deliveries goes with it.
      </ConfirmButton>
      <Modal opened={isOpen} onClose={close} title={`Edit ${displayName}`} size="lg">
        <WebhookForm owner={owner} webhook={webhook} onCancel={close} onSaved={close} />
      </Modal>
    </Group>
  )
}

export function tell(delivery: Delivery): void {
  const { kind, says } = outcomeOf(delivery)
  notifications.show({ message: says, color: kind === 'delivered' ? 'green' : 'red' })
}
