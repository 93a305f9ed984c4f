import { Textarea } from '@mantine/core'
import { MONOSPACE } from '../parts/monospace.ts'
import { SettingsSection } from './settings-section.tsx'
import { useDeployForm } from './use-deploy-form.ts'

export function PreRunSection({ disabled }: { readonly disabled: boolean }) {
  const form = useDeployForm()
  return (
    <SettingsSection title="Pre-run commands" disabled={disabled}>
      <Textarea
        label="Commands"
        description="One a line, in the folder of the program, before the operation. One that fails ends the deployment."
        placeholder="npm run build"
        autosize
        minRows={3}
        styles={MONOSPACE}
        {...form.getInputProps('preRunCommands')}
      />
    </SettingsSection>
  )
}
