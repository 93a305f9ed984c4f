import { Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { sayNotDone } from '../parts/not-done.ts'
import { useChangePool, useDeletePool, useSetDefaultPool } from './actions.ts'
import { PoolForm } from './new-pool.tsx'
import type { PoolDetail } from './pools.ts'

interface Props {
  readonly organization: string
  readonly pool: PoolDetail
}

/** For admins, who alone can read one pool. */
export function PoolActions({ organization, pool, isDefault }: Props & { readonly isDefault: boolean }) {
  const change = useChangePool(organization, pool.id)
  const setDefault = useSetDefaultPool(organization)
  return (
    <Group gap="xs">
      <Button
        variant="default"
        onClick={() => setDefault.mutate(isDefault ? '' : pool.id, { onError: sayNotDone })}
        loading={setDefault.isPending}
        title="Where deployments go whose stack names no pool"
      >
        {isDefault ? 'Stop being the default' : 'Make it the default'}
      </Button>
      <FormButton
        label="Edit"
        variant="default"
        title={`Edit ${pool.name}`}
        form={(close) => (
          <PoolForm
            action="Save"
            now={pool}
            run={(words) => change.mutateAsync(words).then(close)}
            onCancel={close}
          />
        )}
      />
      <FormButton
        label="Delete"
        variant="default"
        title={`Delete the pool ${pool.name}?`}
        form={(close) => <DeleteForm organization={organization} pool={pool} onCancel={close} />}
      />
    </Group>
  )
}

function DeleteForm({ organization, pool, onCancel }: Props & { readonly onCancel: () => void }) {
  const [isForced, setForced] = useState(false)
  const deletePool = useDeletePool(organization, pool.id)
  const navigate = useNavigate()
  const run = async (): Promise<void> => {
    await deletePool.mutateAsync(isForced)
    await navigate({ to: '/$organization/settings/runners', params: { organization } })
  }
  return (
    <ActionForm action="Delete pool" color="red" run={run} onCancel={onCancel}>
      <Stack gap="sm">
        <Text size="sm">The tokens of its runners end at once. What runs now is let run to its end.</Text>
        <Checkbox
          label="Also when stacks or deployments use it"
          description="Their settings lose it, and what waits moves to the default pool."
          checked={isForced}
          onChange={({ currentTarget }) => setForced(currentTarget.checked)}
        />
      </Stack>
    </ActionForm>
  )
}
