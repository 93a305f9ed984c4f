import { Text, VisuallyHidden } from '@mantine/core'
import { useMemo } from 'react'
import { differencesOf } from './diff.ts'
import type { Step } from './events.ts'
import classes from './step-list.module.css'

const KINDS = { added: '+', removed: '-', changed: '~' } as const

/** What was and what is, property by property: by signs and words, not by colors alone. */
export function Differences({ step }: { readonly step: Step }) {
  const differences = useMemo(() => differencesOf(step), [step])
  if (differences.length === 0)
    return (
      <Text size="sm" c="dimmed" px={36} pb="sm">
        No property differs.
      </Text>
    )
  return (
    <dl className={classes.differences}>
      {differences.map(({ path, kind, before, after }) => (
        <div key={path} className={classes.difference}>
          <dt>
            <span aria-hidden>{KINDS[kind]} </span>
            {path}
            <VisuallyHidden> {kind}</VisuallyHidden>
          </dt>
          {before !== undefined && (
            <dd className={classes.before}>
              <span aria-hidden>- </span>
              <VisuallyHidden>before: </VisuallyHidden>
              {before}
            </dd>
          )}
          {after !== undefined && (
            <dd className={classes.after}>
              <span aria-hidden>+ </span>
              <VisuallyHidden>after: </VisuallyHidden>
              {after}
            </dd>
          )}
        </div>
      ))}
    </dl>
  )
}
