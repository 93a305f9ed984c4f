import { Pagination } from '@mantine/core'

interface Props {
  /** Of the entries, on all pages. */
  readonly total: number
  readonly pageSize: number
  readonly page: number
  readonly onChange: (page: number) => void
}

/** The way between the pages of a list; nothing where there is one page. */
export function Pages({ total, pageSize, page, onChange }: Props) {
  if (total <= pageSize) return null
  return (
    <Pagination
      total={Math.ceil(total / pageSize)}
      value={page}
      onChange={onChange}
      getControlProps={(control) => ({ 'aria-label': `${control} page` })}
    />
  )
}
