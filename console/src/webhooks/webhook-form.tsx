/** Makes a webhook, or changes one. The secret goes in and never comes out again. */
import { Checkbox, NativeSelect, PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import { REMOVE_SECRET, useSaveWebhook } from './actions.ts'
import { type ChosenEvents, EventChoice } from './event-choice.tsx'
import { FORMATS, groupsFor, STACK_FORMATS } from './event-names.ts'
import type { Webhook, WebhookOwner } from './webhook.ts'

interface Props {
  readonly owner: WebhookOwner
  /** Absent: a new one. */
  readonly webhook?: Webhook
  readonly onSaved: (saved: Webhook) => void
  readonly onCancel: () => void
}

export function WebhookForm({ owner, webhook, onSaved, onCancel }: Props) {
  const [displayName, setDisplayName] = useState(webhook?.displayName ?? '')
  const [payloadUrl, setPayloadUrl] = useState(webhook?.payloadUrl ?? '')
  const [format, setFormat] = useState(webhook?.format ?? 'raw')
  const [secret, setSecret] = useState('')
  const [isSecretRemoved, setIsSecretRemoved] = useState(false)
  const [events, setEvents] = useState<ChosenEvents>(() => chosenBy(webhook))
  const save = useSaveWebhook(owner, webhook?.name)
  const isTarget = format === 'pulumi_deployments'
  const isNothingChosen = !events.isEverything && events.filters.length + events.groups.length === 0

  const run = async () => {
    const given = isSecretRemoved ? REMOVE_SECRET : secret
    const { isEverything, filters, groups } = events
    const wanted = isEverything ? { filters: [], groups: [] } : { filters, groups }
    onSaved(
      await save.mutateAsync({
        displayName: displayName.trim(),
        payloadUrl: payloadUrl.trim(),
        format,
        active: webhook?.active ?? true,
        ...wanted,
        ...(given && { secret: given }),
      }),
    )
  }
  return (
    <ActionForm
      action={webhook ? 'Save' : 'Create webhook'}
      reason={isNothingChosen ? 'Choose an event first' : undefined}
      autoComplete="off"
      run={run}
      onCancel={onCancel}
    >
      <TextInput
        label="Name"
        required
        maxLength={200}
        value={displayName}
        onChange={({ currentTarget }) => setDisplayName(currentTarget.value)}
      />
      <NativeSelect
        label="Format"
        data={owner.stack ? STACK_FORMATS : FORMATS}
        value={format}
        onChange={({ currentTarget }) => setFormat(currentTarget.value)}
      />
      <TextInput
        label={isTarget ? 'Stack to update' : 'URL'}
        description={
          isTarget ? 'Of the same organization, as project/stack.' : 'Where each event is sent with POST.'
        }
        required
        type={isTarget ? 'text' : 'url'}
        maxLength={2048}
        value={payloadUrl}
        onChange={({ currentTarget }) => setPayloadUrl(currentTarget.value)}
      />
      {!isTarget && (
        <PasswordInput
          label="Secret"
          description={`Signs what is sent (HMAC-SHA256), and is never shown again.${webhook?.hasSecret ? ' Leave it empty to keep the one that is set.' : ''}`}
          autoComplete="new-password"
          maxLength={1024}
          disabled={isSecretRemoved}
          value={secret}
          onChange={({ currentTarget }) => setSecret(currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': 'Show what was typed' }}
        />
      )}
      {webhook?.hasSecret && !isTarget && (
        <Checkbox
          label="Remove the secret: send without a signature"
          checked={isSecretRemoved}
          onChange={({ currentTarget }) => setIsSecretRemoved(currentTarget.checked)}
        />
      )}
      <EventChoice offered={groupsFor(owner.stack !== undefined)} chosen={events} onChange={setEvents} />
    </ActionForm>
  )
}

function chosenBy(webhook: Webhook | undefined): ChosenEvents {
  const { filters = [], groups = [] } = webhook ?? {}
  return { isEverything: filters.length + groups.length === 0, filters, groups }
}
