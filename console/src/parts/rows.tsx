import { Group, Paper } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './rows.module.css'

/** A short list in a frame, each entry a `Row`. */
export function Rows({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder component="ul" aria-label={label} m={0} p={0} style={{ listStyle: 'none' }}>
      {children}
    </Paper>
  )
}

export function Row({ children }: { readonly children: ReactNode }) {
  return (
    <Group component="li" px="md" py="sm" gap="sm" justify="space-between" className={classes.row}>
      {children}
    </Group>
  )
}
