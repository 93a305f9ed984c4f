import { Text } from '@mantine/core'
import classes from './changes.module.css'
import { changesOf } from './changes.ts'

/** `+3 ~1 -2`, with the words for who does not see colors or signs. */
export function ChangeCounts({ counts }: { readonly counts: Readonly<Record<string, number>> | undefined }) {
  const changes = changesOf(counts)
  if (counts === undefined) return null
  if (changes.length === 0)
    return (
      <Text size="sm" c="dimmed" span>
        no changes
      </Text>
    )
  const words = changes.map(({ count, says }) => `${count} ${says}`).join(', ')
  return (
    <span className={classes.counts} role="img" aria-label={words} title={words}>
      {changes.map(({ op, sign, count, color }) => (
        <span key={op} className={classes[color]}>
          {sign}
          {count}
        </span>
      ))}
    </span>
  )
}
