/** Environment variables of every deployment; secret ones are sealed and not shown again. */
import { ActionIcon, Button, Checkbox, Group, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useRef } from 'react'
import { MONOSPACE } from '../parts/monospace.ts'
import { newVariable, type Variable } from './secret.ts'
import { SettingsSection } from './settings-section.tsx'
import { useDeployForm } from './use-deploy-form.ts'
import { VariableValue } from './variable-value.tsx'

export function VariablesSection({ disabled }: { readonly disabled: boolean }) {
  const form = useDeployForm()
  const added = useRef(0)
  const add = () => {
    added.current += 1
    form.insertListItem('variables', newVariable(added.current))
  }
  return (
    <SettingsSection
      title="Environment variables"
      says="For the program and the commands before it. Cloud credentials do not belong here: OpenID Connect brings them."
      disabled={disabled}
    >
      <Stack gap="sm">
        {form.values.variables.map((variable, index) => (
          <Row key={variable.key} variable={variable} index={index} />
        ))}
      </Stack>
      <Group>
        <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>
          Add a variable
        </Button>
      </Group>
    </SettingsSection>
  )
}

function Row({ variable, index }: { readonly variable: Variable; readonly index: number }) {
  const form = useDeployForm()
  const { name, sealed } = variable
  const path = `variables.${index}`
  const called = name || `row ${index + 1}`
  return (
    <Group align="flex-start" gap="xs">
      <TextInput
        aria-label={`Name of ${called}`}
        placeholder="NAME"
        flex="1 1 160px"
        styles={MONOSPACE}
        {...form.getInputProps(`${path}.name`)}
      />
      <VariableValue variable={variable} called={called} path={`${path}.text`} />
      <Checkbox
        label="Secret"
        aria-label={`${called} is secret`}
        mt={8}
        // What is sealed cannot be opened here.
        disabled={sealed !== ''}
        {...form.getInputProps(`${path}.isSecret`, { type: 'checkbox' })}
      />
      <ActionIcon
        variant="subtle"
        color="red"
        size="lg"
        aria-label={`Remove ${called}`}
        onClick={() => form.removeListItem('variables', index)}
      >
        <IconTrash size={18} aria-hidden />
      </ActionIcon>
    </Group>
  )
}
