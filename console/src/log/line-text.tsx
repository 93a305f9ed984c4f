/** One line of a log as text: colors of the terminal, links, and marks where a search found something. */
import { Anchor, Mark } from '@mantine/core'
import Anser from 'anser'
import type { CSSProperties, ReactNode } from 'react'
import { piecesOf } from './pieces.ts'

export function LineText({ text, words }: { readonly text: string; readonly words: string }): ReactNode {
  return Anser.ansiToJson(text, { use_classes: true, remove_empty: true }).map((span, place) => (
    <span key={place} style={styleOf(span)}>
      {piecesOf(span.content, words).map(({ kind, text: piece }, at) => {
        const key = `${at}-${kind}`
        if (kind === 'link')
          return (
            <Anchor
              key={key}
              href={piece}
              target="_blank"
              rel="noopener noreferrer"
              underline="always"
              inherit
            >
              {piece}
            </Anchor>
          )
        return kind === 'found' ? <Mark key={key}>{piece}</Mark> : piece
      })}
    </span>
  ))
}

interface AnsiSpan {
  readonly fg: string | null
  readonly bg: string | null
  readonly decorations: readonly string[]
}

/** The sixteen colors as variables, which both color schemes set readable; others are left out. */
function styleOf({ fg, bg, decorations }: AnsiSpan): CSSProperties | undefined {
  const style: CSSProperties = {}
  if (fg?.startsWith('ansi-')) style.color = `var(--log-${fg.slice(5)})`
  if (bg?.startsWith('ansi-')) style.outline = `1px solid var(--log-${bg.slice(5)})`
  if (decorations.includes('bold')) style.fontWeight = 700
  if (decorations.includes('italic')) style.fontStyle = 'italic'
  if (decorations.includes('underline')) style.textDecoration = 'underline'
  return Object.keys(style).length === 0 ? undefined : style
}
