/** Mantine's looks on the router's links, whose addresses are checked against the list of pages. */
import { Anchor, Button, type ButtonProps, NavLink } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ComponentProps } from 'react'

type LinkProps = ButtonProps & Omit<ComponentProps<'a'>, keyof ButtonProps>

/** A button is no link by itself: it could not be opened in another tab. */
function AnchorButton(props: LinkProps) {
  return <Button component="a" {...props} />
}

export const PageLink = createLink(Anchor<'a'>)
export const ButtonLink = createLink(AnchorButton)
export const NavigationLink = createLink(NavLink<'a'>)
