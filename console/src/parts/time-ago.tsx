import { Tooltip } from '@mantine/core'
import { timeAgo } from './time.ts'

/** A moment as people say it, with the exact one on hover and for machines. */
export function TimeAgo({ at }: { readonly at: Date }) {
  return (
    <Tooltip label={at.toLocaleString()}>
      <time dateTime={at.toISOString()}>{timeAgo(at, new Date())}</time>
    </Tooltip>
  )
}
