import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { poolsQuery } from '../runners/pools.ts'
import { SettingsSection } from './settings-section.tsx'
import { useDeployForm } from './use-deploy-form.ts'

/** Whose runners take the stack's deployments. */
export function PoolSection({
  disabled,
  organization,
}: {
  readonly disabled: boolean
  readonly organization: string
}) {
  const form = useDeployForm()
  // Whether a runner is there, which changes at any moment, is not shown here.
  const { data } = useQuery({ ...poolsQuery(organization), refetchInterval: false })
  const pools = (data ?? []).map(({ id, name }) => ({ value: id, label: name }))
  const { pool } = form.values
  const isGone = data !== undefined && pool !== '' && !pools.some(({ value }) => value === pool)
  return (
    <SettingsSection title="Deployment runner pool" disabled={disabled}>
      <Select
        label="Runner pool"
        description="Runners of this pool take the deployments. A private network needs a runner inside it."
        data={[
          { value: '', label: 'Default pool' },
          ...pools,
          ...(isGone ? [{ value: pool, label: 'A pool that was deleted' }] : []),
        ]}
        allowDeselect={false}
        {...form.getInputProps('pool')}
      />
    </SettingsSection>
  )
}
