/** What people call something of an organization, and say of it; the server asks the same of a name. */
import { Textarea, TextInput } from '@mantine/core'

interface Props {
  readonly value: string
  readonly onChange: (value: string) => void
}

export function NameField({ value, onChange, follows }: Props & { readonly follows: string }) {
  return (
    <TextInput
      label="Name"
      description={`Letters, digits, “_”, “.” and “-”. ${follows}`}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      required
      maxLength={100}
      pattern="[A-Za-z0-9][A-Za-z0-9_.\-]*"
      title="Letters, digits, “_”, “.” and “-”, beginning with a letter or digit"
      data-autofocus
    />
  )
}

export function DescriptionField({ value, onChange }: Props) {
  return (
    <Textarea
      label="Description"
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      maxLength={500}
      autosize
      minRows={2}
    />
  )
}
