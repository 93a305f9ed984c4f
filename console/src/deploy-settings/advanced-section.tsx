import { Checkbox, Stack, TextInput } from '@mantine/core'
import { SecretInput } from './secret-input.tsx'
import { SettingsSection } from './settings-section.tsx'
import { useDeployForm } from './use-deploy-form.ts'

const OPTIONS = [
  [
    'skipInstallDependencies',
    'Skip package manager dependency installation',
    'The image or a pre-run command brings them.',
  ],
  [
    'skipIntermediateDeployments',
    'Skip intermediate deployments',
    'Of several that wait, only the newest runs.',
  ],
  ['cache', 'Cache dependencies to speed up deployments', 'Kept by the runner, for this stack alone.'],
] as const

export function AdvancedSection({ disabled }: { readonly disabled: boolean }) {
  const form = useDeployForm()
  const { enabled } = form.values.image
  return (
    <SettingsSection title="Advanced settings" disabled={disabled}>
      <Stack gap="sm">
        {OPTIONS.map(([name, label, description]) => (
          <Checkbox
            key={name}
            label={label}
            description={description}
            {...form.getInputProps(name, { type: 'checkbox' })}
          />
        ))}
        <Checkbox
          label="Use a custom executor image"
          description="For runners that start containers."
          {...form.getInputProps('image.enabled', { type: 'checkbox' })}
        />
      </Stack>
      {enabled && (
        <>
          <TextInput
            label="Image reference"
            required
            placeholder="registry.example.com/team/deploy:1"
            {...form.getInputProps('image.reference')}
          />
          <TextInput label="Image repository username" {...form.getInputProps('image.username')} />
          <SecretInput label="Image repository password" path="image.password" />
        </>
      )}
    </SettingsSection>
  )
}
