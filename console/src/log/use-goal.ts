/** Brings a line into sight: the one that the address names, or that a search found, as soon as it is there. */
import { useLocation } from '@tanstack/react-router'
import type { Virtualizer } from '@tanstack/react-virtual'
import { useEffect, useState } from 'react'
import type { Rows } from './rows.ts'

interface Inputs {
  readonly rows: Rows
  readonly virtual: Virtualizer<HTMLDivElement, Element>
  /** The line is in this step, which is folded. */
  readonly onFolded: (step: number) => void
}

export function useGoal({ rows, virtual, onFolded }: Inputs) {
  const hash = useLocation({ select: ({ hash: found }) => found })
  const digits = /^L(\d{1,9})$/.exec(hash)?.[1]
  const linked = digits === undefined ? undefined : Number(digits)
  const [goal, setGoal] = useState(linked)
  useEffect(() => setGoal(linked), [linked])
  useEffect(() => {
    if (goal === undefined) return
    const step = rows.stepOf(goal)
    if (step === undefined) return
    const place = rows.placeOf(goal)
    if (place < 0) return onFolded(step)
    const { startIndex = -1, endIndex = -1 } = virtual.range ?? {}
    // A line that is in sight stays where it is: whoever clicked on it would lose it.
    if (place <= startIndex || place >= endIndex) virtual.scrollToIndex(place, { align: 'center' })
    // Once: afterwards the person scrolls.
    setGoal(undefined)
  }, [goal, rows, virtual, onFolded])
  return { linked, set: setGoal }
}
