import { PasswordInput, Textarea, TextInput } from '@mantine/core'
import type { ClipboardEvent } from 'react'
import { MONOSPACE } from '../parts/monospace.ts'
import { pastedLines, type Variable } from './secret.ts'
import { useDeployForm } from './use-deploy-form.ts'

interface Props {
  readonly variable: Variable
  /** What the row is called, for people who do not see it. */
  readonly called: string
  /** Of its text in the form. */
  readonly path: string
}

/** One line, until a value of several is pasted or was saved. */
export function VariableValue({ variable: { text, isSecret, sealed }, called, path }: Props) {
  const form = useDeployForm()
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const lines = pastedLines(event.clipboardData.getData('text'))
    if (lines === undefined) return
    event.preventDefault()
    const { selectionStart, selectionEnd } = event.currentTarget
    form.setFieldValue(path, text.slice(0, selectionStart ?? 0) + lines + text.slice(selectionEnd ?? 0))
  }
  const props = {
    'aria-label': `Value of ${called}`,
    placeholder: sealed ? 'Saved. Type to replace it.' : 'Value',
    autoComplete: 'off',
    flex: '2 1 200px',
    ...form.getInputProps(path),
  }
  if (text.includes('\n')) return <Textarea {...props} styles={MONOSPACE} autosize maxRows={8} />
  const Value = isSecret ? PasswordInput : TextInput
  return <Value {...props} onPaste={paste} />
}
