/** Names and values below each other on a narrow screen, beside each other on a wide one. */
import { Box, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './facts.module.css'

export function Facts({ children }: { readonly children: ReactNode }) {
  return (
    <Box component="dl" className={classes.facts}>
      {children}
    </Box>
  )
}

export function Fact({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere', minWidth: 0 }}>
        {children}
      </Text>
    </div>
  )
}
