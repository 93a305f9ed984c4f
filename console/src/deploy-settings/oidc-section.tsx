/** Which cloud roles deployments act as. Below each: whom that cloud has to trust, and whether it does. */
import { Alert, Collapse, SimpleGrid, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import type { StackNames } from '../deployments/deployments.ts'
import { CLOUD_IDS, CLOUDS, type Cloud, type CloudField } from './oidc-form.ts'
import { SettingsSection } from './settings-section.tsx'
import { TrustPanel } from './trust-panel.tsx'
import { useDeployForm } from './use-deploy-form.ts'

interface Props {
  readonly names: StackNames
  /** Why the person may not change it. */
  readonly whyNot: string | undefined
}

export function OidcSection({ names, whyNot }: Props) {
  return (
    <SettingsSection
      title="OpenID Connect"
      says="Each deployment gets a token of its own and swaps it for cloud credentials that expire by themselves. No cloud key is stored."
      disabled={false}
    >
      {whyNot && (
        <Alert color="gray" icon={<IconLock aria-hidden />}>
          {whyNot}
        </Alert>
      )}
      {CLOUD_IDS.map((cloud) => (
        <CloudFields key={cloud} cloud={cloud} names={names} disabled={whyNot !== undefined} />
      ))}
    </SettingsSection>
  )
}

interface CloudProps {
  readonly cloud: Cloud
  readonly names: StackNames
  readonly disabled: boolean
}

function CloudFields({ cloud, names, disabled }: CloudProps) {
  const form = useDeployForm()
  const { title, fields } = CLOUDS[cloud]
  const { enabled } = form.values.oidc[cloud]
  return (
    <Stack gap="sm">
      <Switch
        label={title}
        disabled={disabled}
        {...form.getInputProps(`oidc.${cloud}.enabled`, { type: 'checkbox' })}
      />
      <Collapse expanded={enabled} keepMounted={false}>
        <Stack gap="md" pl={{ base: 0, sm: 'xl' }}>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {fields.map((field) => (
              <Field key={field.name} cloud={cloud} field={field} disabled={disabled} />
            ))}
          </SimpleGrid>
          <TrustPanel cloud={cloud} names={names} />
        </Stack>
      </Collapse>
    </Stack>
  )
}

function Field({
  cloud,
  field,
  disabled,
}: {
  readonly cloud: Cloud
  readonly field: CloudField
  readonly disabled: boolean
}) {
  const form = useDeployForm()
  const { name, label, hint, placeholder = '', isRequired = false, isList = false } = field
  const props = {
    label,
    placeholder,
    disabled,
    // Fields in a row stand at one height.
    description: hint ?? '\u00a0',
    required: isRequired,
    ...form.getInputProps(`oidc.${cloud}.${name}`),
  }
  return isList ? <Textarea {...props} autosize minRows={1} /> : <TextInput {...props} />
}
