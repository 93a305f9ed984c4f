/** The log on the screen: only the rows in sight are drawn, so that 200,000 lines are as quick as ten. */
import { Alert, Box, Paper } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { Step } from '../deployments/deployment.ts'
import { linesWith } from './log.ts'
import { LogRowView } from './log-row.tsx'
import { LogToolbar } from './log-toolbar.tsx'
import classes from './log-view.module.css'
import { rowsOf } from './rows.ts'
import { useFollowing } from './use-following.ts'
import { useGoal } from './use-goal.ts'
import type { FollowedLog } from './use-log.ts'

const ROW_PIXELS = 22

interface Props {
  readonly followed: FollowedLog
  /** What is known of the steps beside their lines: when they began and ended. */
  readonly steps: readonly Step[]
  /** Begins where the log goes on, rather than at its beginning. */
  readonly atEnd: boolean
  /** For the file that is downloaded. */
  readonly name: string
}

export function LogView({ followed: { log, state }, steps, atEnd, name }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set())
  const [isWrapped, setWrapped] = useState(true)
  const [words, setWords] = useState('')
  const [hit, setHit] = useState(0)
  const [current, setCurrent] = useState(1)
  const rows = useMemo(() => rowsOf(log, folded), [log, folded])
  const found = useMemo(() => linesWith(log, words), [log, words])
  const scroller = useRef<HTMLDivElement>(null)
  const latest = useRef(rows)
  latest.current = rows
  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((place: number) => {
      const row = latest.current.at(place)
      return row?.kind === 'line' ? row.number : `step-${row?.step.step}`
    }, []),
    estimateSize: () => ROW_PIXELS,
    overscan: 20,
  })
  const toggle = useCallback((step: number) => {
    setFolded((before) =>
      before.has(step) ? new Set([...before].filter((one) => one !== step)) : new Set([...before, step]),
    )
  }, [])
  const isLive = state.is !== 'over' && state.is !== 'refused'
  const goal = useGoal({ rows, virtual, onFolded: toggle })
  const following = useFollowing({ rows, virtual, isLive, begins: atEnd && goal.linked === undefined })
  const goTo = (next: number) => {
    const line = found[next]
    if (line === undefined) return
    setHit(next)
    following.set(false)
    goal.set(line)
  }

  return (
    <Paper withBorder component="section" aria-label="Log" className={classes.log}>
      <LogToolbar
        log={log}
        name={name}
        state={state}
        words={words}
        onWords={(next) => {
          setWords(next)
          setHit(0)
        }}
        found={found.length}
        hit={hit}
        onHit={goTo}
        isWrapped={isWrapped}
        onWrapped={setWrapped}
        isFollowing={following.isOn}
        onFollowing={following.set}
        onEnd={following.toEnd}
      />
      {state.is === 'refused' && (
        <Alert color="red" role="alert" radius={0}>
          {state.message}
        </Alert>
      )}
      <Box
        ref={scroller}
        className={classes.scroller}
        tabIndex={0}
        role="region"
        aria-label="Lines of the log"
        {...following.listeners}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows.at(index)
            if (!row) return null
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className={classes.row}
                style={{ transform: `translateY(${start}px)` }}
              >
                <LogRowView
                  row={row}
                  times={row.kind === 'step' ? steps[row.step.step] : undefined}
                  words={words}
                  isWrapped={isWrapped}
                  isLinked={row.kind === 'line' && row.number === goal.linked}
                  isHit={row.kind === 'line' && row.number === found[hit]}
                  isCurrent={row.kind === 'line' && row.number === current}
                  onCurrent={setCurrent}
                  isFolded={row.kind === 'step' && folded.has(row.step.step)}
                  onToggle={toggle}
                />
              </div>
            )
          })}
        </div>
      </Box>
    </Paper>
  )
}
