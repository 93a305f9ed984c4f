/** The log on the screen: only the rows in sight are drawn, so that 200,000 lines are as quick as ten. */
import { Alert, Box, Paper } from '@mantine/core'
import { useLocation } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Step } from '../deployments/deployment.ts'
import { placesOf, unfolded } from './log.ts'
import { LogRowView } from './log-row.tsx'
import { LogToolbar } from './log-toolbar.tsx'
import classes from './log-view.module.css'
import type { FollowedLog } from './use-log.ts'

const ROW_PIXELS = 22
/** So near to the end counts as being there. */
const END_PIXELS = 40

interface Props {
  readonly followed: FollowedLog
  readonly steps: readonly Step[]
  /** Begins where the log goes on, rather than at its beginning. */
  readonly atEnd: boolean
  /** For the file that is downloaded. */
  readonly name: string
}

export function LogView({ followed, steps, atEnd, name }: Props) {
  const { log, state, message } = followed
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set())
  const [isWrapped, setWrapped] = useState(true)
  const [words, setWords] = useState('')
  const [hit, setHit] = useState(0)
  const rows = useMemo(() => unfolded(log.rows, folded), [log.rows, folded])
  const places = useMemo(() => placesOf(rows, words), [rows, words])
  const linked = /^L(\d{1,9})$/.exec(useLocation({ select: ({ hash }) => hash }))?.[1]
  const [isFollowing, setFollowing] = useState(atEnd && linked === undefined)
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 20,
  })

  useEffect(() => {
    if (isFollowing && rows.length > 0) virtual.scrollToIndex(rows.length - 1, { align: 'end' })
  }, [isFollowing, rows.length, virtual])

  const linkedPlace = useMemo(
    () => rows.findIndex((row) => row.kind === 'line' && String(row.number) === linked),
    [rows, linked],
  )
  const isThere = linkedPlace >= 0
  // Once, when the line has come: afterwards the person scrolls.
  useEffect(() => {
    if (isThere) virtual.scrollToIndex(linkedPlace, { align: 'center' })
  }, [isThere, linked])

  const goTo = useCallback(
    (next: number) => {
      const place = places[next]
      if (place === undefined) return
      setHit(next)
      setFollowing(false)
      virtual.scrollToIndex(place, { align: 'center' })
    },
    [places, virtual],
  )
  const toggle = useCallback((step: number) => {
    setFolded((before) =>
      before.has(step) ? new Set([...before].filter((one) => one !== step)) : new Set([...before, step]),
    )
  }, [])

  return (
    <Paper withBorder component="section" aria-label="Log" className={classes.log}>
      <LogToolbar
        log={log}
        name={name}
        words={words}
        onWords={(next) => {
          setWords(next)
          setHit(0)
        }}
        found={places.length}
        hit={hit}
        onHit={goTo}
        isWrapped={isWrapped}
        onWrapped={setWrapped}
        isFollowing={isFollowing}
        onFollowing={setFollowing}
      />
      {state === 'waiting' && (
        <Alert color="yellow" role="status" radius={0}>
          The connection to the server is lost. The log goes on as soon as it is back.
        </Alert>
      )}
      {state === 'refused' && (
        <Alert color="red" role="alert" radius={0}>
          {message}
        </Alert>
      )}
      <Box
        ref={scroller}
        className={classes.scroller}
        tabIndex={0}
        role="region"
        aria-label="Lines of the log"
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          if (scrollHeight - scrollTop - clientHeight > END_PIXELS) return
          if (state === 'reading') setFollowing(true)
        }}
        onWheel={({ deltaY }) => deltaY < 0 && setFollowing(false)}
        onKeyDown={({ key }) => ['ArrowUp', 'PageUp', 'Home'].includes(key) && setFollowing(false)}
        onTouchMove={() => setFollowing(false)}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index]
            if (!row) return null
            return (
              <div
                key={row.kind === 'step' ? `step-${row.step}` : row.number}
                ref={virtual.measureElement}
                data-index={index}
                className={classes.row}
                style={{ transform: `translateY(${start}px)` }}
              >
                <LogRowView
                  row={row}
                  step={row.kind === 'step' ? steps[row.step] : undefined}
                  words={words}
                  isWrapped={isWrapped}
                  isLinked={index === linkedPlace}
                  isHit={places[hit] === index && words !== ''}
                  isFolded={folded.has(row.step)}
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
