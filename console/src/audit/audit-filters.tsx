/** Who, what, when: asked by a button, so that the address changes once. */
import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { auditEventTypesQuery } from './audit.ts'
import { type AuditSearch, readAuditSearch } from './search.ts'

interface Props {
  readonly organization: string
  readonly asked: AuditSearch
}

export function AuditFilters({ organization, asked }: Props) {
  const [wanted, setWanted] = useState(asked)
  const types = useQuery(auditEventTypesQuery(organization))
  const navigate = useNavigate()
  const known = (types.data ?? []).map(({ event, displayName }) => ({ value: event, label: displayName }))
  const events = asked.event && !known.some(({ value }) => value === asked.event) ? [asked.event] : []
  const ask = (search: AuditSearch) =>
    navigate({
      to: '/$organization/settings/audit-log',
      params: { organization },
      search: readAuditSearch({ ...search }),
    })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void ask(wanted)
  }
  const set = (field: keyof AuditSearch) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget
    setWanted((before) => ({ ...before, [field]: value }))
  }
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label="What"
          data={[{ value: '', label: 'Everything' }, ...events, ...known]}
          value={wanted.event ?? ''}
          onChange={set('event')}
          w={240}
        />
        <TextInput
          label="Who"
          placeholder="A login"
          value={wanted.user ?? ''}
          onChange={set('user')}
          w={160}
          autoCapitalize="off"
        />
        <TextInput label="From" type="date" value={wanted.from ?? ''} onChange={set('from')} />
        <TextInput label="To" type="date" value={wanted.to ?? ''} onChange={set('to')} />
        <Button type="submit">Filter</Button>
        {Object.keys(asked).length > 0 && (
          <Button variant="default" onClick={() => void ask({})}>
            Clear
          </Button>
        )}
      </Group>
    </form>
  )
}
