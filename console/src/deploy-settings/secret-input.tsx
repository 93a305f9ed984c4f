/** A value that is sealed when it is saved, and never shown again: typing replaces it. */
import { Button, Group, PasswordInput, Textarea } from '@mantine/core'
import { useDeployForm } from './use-deploy-form.ts'

interface Props {
  readonly label: string
  /** Of a secret in the form, for example `source.accessToken`. */
  readonly path: string
  readonly isMultiline?: boolean
  readonly hint?: string
}

export function SecretInput({ label, path, isMultiline = false, hint }: Props) {
  const form = useDeployForm()
  const { sealed } = form.getInputProps(path).value as { sealed: string }
  const props = {
    label,
    description: hint,
    placeholder: sealed ? 'Saved. Type to replace it.' : '',
    autoComplete: 'off',
    ...form.getInputProps(`${path}.text`),
  }
  return (
    <Group align="flex-end" wrap="nowrap">
      {isMultiline ? (
        <Textarea {...props} autosize minRows={3} maxRows={8} flex={1} />
      ) : (
        <PasswordInput {...props} flex={1} />
      )}
      {sealed && (
        <Button variant="default" onClick={() => form.setFieldValue(`${path}.sealed`, '')}>
          Forget
        </Button>
      )}
    </Group>
  )
}
