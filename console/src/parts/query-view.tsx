/** The states of a question to the server, drawn alike on every page: a skeleton, a refusal with a way on, the data. */
import { Alert, Button, Skeleton, Stack } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

/** What is asked of a query here, so that one of many pages can be shown, too. */
type Question<Data> = Pick<UseQueryResult<Data>, 'data' | 'isError' | 'error'> & {
  readonly refetch: () => unknown
}

interface Props<Data> {
  readonly query: Question<Data>
  /** About as many lines as the data will take, so that nothing jumps. */
  readonly skeletonLines?: number
  readonly children: (data: Data) => ReactNode
}

export function QueryView<Data>({ query, skeletonLines = 6, children }: Props<Data>) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError && query.error) return <Refused error={query.error} retry={query.refetch} />
  return (
    <Stack gap="xs" aria-busy="true" role="status" aria-label="Loading">
      {Array.from({ length: skeletonLines }, (_, line) => line).map((line) => (
        <Skeleton key={line} height={36} />
      ))}
    </Stack>
  )
}

/** What a page shows in place of what the server refused. */
export function Refused({ error, retry }: { readonly error: Error; readonly retry?: () => unknown }) {
  return (
    <Alert color="red" icon={<IconAlertCircle aria-hidden />} title="This could not be loaded" role="alert">
      <Stack gap="xs" align="flex-start">
        {error.message}
        {retry && (
          <Button size="xs" variant="default" onClick={() => retry()}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  )
}
