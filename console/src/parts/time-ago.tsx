import { timeAgo } from './time.ts'

/** A moment as people say it, with the exact one on hover and for machines. */
export function TimeAgo({ at }: { readonly at: Date }) {
  return (
    <time dateTime={at.toISOString()} title={at.toLocaleString()}>
      {timeAgo(at, new Date())}
    </time>
  )
}
