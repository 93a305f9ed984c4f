/** Keeps the end of a log in sight while it grows, until the person scrolls away from it. */
import type { Virtualizer } from '@tanstack/react-virtual'
import { type HTMLAttributes, useEffect, useState } from 'react'
import type { Rows } from './rows.ts'

/** So near to the end counts as being there. */
const END_PIXELS = 40
const KEYS_UP = ['ArrowUp', 'PageUp', 'Home']

interface Inputs {
  readonly rows: Rows
  readonly virtual: Virtualizer<HTMLDivElement, Element>
  readonly isLive: boolean
  /** As it is at first. */
  readonly begins: boolean
}

export function useFollowing({ rows, virtual, isLive, begins }: Inputs) {
  const [isOn, set] = useState(begins)
  const { count } = rows
  useEffect(() => {
    if (isOn && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' })
  }, [isOn, count, virtual])
  const leave = () => set(false)
  const listeners: HTMLAttributes<HTMLDivElement> = {
    onScroll: ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
      if (isLive && scrollHeight - scrollTop - clientHeight <= END_PIXELS) set(true)
    },
    onWheel: ({ deltaY }) => deltaY < 0 && leave(),
    onKeyDown: ({ key }) => KEYS_UP.includes(key) && leave(),
    onTouchMove: leave,
    // On the bar itself: nothing else of it has no row in between.
    onPointerDown: ({ target, currentTarget }) => target === currentTarget && leave(),
  }
  return { isOn, set, listeners, toEnd: () => virtual.scrollToIndex(count - 1, { align: 'end' }) }
}
