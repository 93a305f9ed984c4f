/** Gives a permission on a stack, anew or in place of another. */
import { Select, Stack } from '@mantine/core'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import type { Permission } from './permission.ts'
import { PermissionChoice } from './permission-choice.tsx'

interface EditProps {
  readonly now: Permission
  readonly run: (permission: Permission) => Promise<unknown>
  readonly onCancel: () => void
}

export function EditPermission({ now, run, onCancel }: EditProps) {
  const [permission, setPermission] = useState<Permission>(now)
  return (
    <ActionForm action="Save" run={() => run(permission)} onCancel={onCancel}>
      <PermissionChoice value={permission} onChange={setPermission} />
    </ActionForm>
  )
}

interface GiveProps {
  /** What is chosen: a member, a team or a stack. */
  readonly label: string
  readonly placeholder: string
  readonly choices: readonly string[]
  readonly run: (chosen: string, permission: Permission) => Promise<unknown>
  readonly onCancel: () => void
}

/** More are found by typing a part of the name. */
const MOST_SHOWN = 50

export function GivePermission({ label, placeholder, choices, run, onCancel }: GiveProps) {
  const [chosen, setChosen] = useState<string | null>(null)
  const [permission, setPermission] = useState<Permission>(102)
  const give = async (): Promise<void> => {
    // What was typed and not chosen is nobody's name.
    if (chosen === null) throw new Error(`Choose one of the list for “${label}”.`)
    await run(chosen, permission)
  }
  return (
    <ActionForm action="Give permission" run={give} onCancel={onCancel}>
      <Stack>
        <Select
          label={label}
          placeholder={placeholder}
          data={choices}
          value={chosen}
          onChange={setChosen}
          searchable
          limit={MOST_SHOWN}
          nothingFoundMessage="None is called that"
          required
          data-autofocus
          comboboxProps={{ withinPortal: true }}
        />
        <PermissionChoice value={permission} onChange={setPermission} />
      </Stack>
    </ActionForm>
  )
}
