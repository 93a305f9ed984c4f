// Reads a page of the documentation: its anchors, its links and the commands in it. Says nothing about whether they are right.
import GithubSlugger from 'github-slugger'
import { marked, type Token } from 'marked'

export interface Place<T> {
  readonly line: number
  readonly value: T
}

export interface Page {
  /** From the root, with `/`. */
  readonly path: string
  /** Those that GitHub gives the headings. */
  readonly anchors: ReadonlySet<string>
  readonly links: readonly Place<string>[]
  /** Blocks that a reader copies into a shell. */
  readonly shellBlocks: readonly Place<string>[]
  /** `code` in a sentence or a table. */
  readonly codeSpans: readonly Place<string>[]
}

const SHELL_LANGUAGES = new Set(['sh', 'bash', 'shell', 'console'])

export function readPage(path: string, text: string): Page {
  const anchors = new Set<string>()
  const links: Place<string>[] = []
  const shellBlocks: Place<string>[] = []
  const codeSpans: Place<string>[] = []
  const slugger = new GithubSlugger()
  let line = 1
  for (const block of marked.lexer(text)) {
    const at = <T>(value: T, raw: string): Place<T> => ({ line: line + linesBefore(block.raw, raw), value })
    marked.walkTokens([block], (token: Token) => {
      if (token.type === 'heading') anchors.add(slugger.slug(plainText(token.tokens ?? [])))
      else if (token.type === 'link' || token.type === 'image') links.push(at(token['href'], token.raw))
      else if (token.type === 'codespan') codeSpans.push(at(token['text'], token.raw))
      else if (token.type === 'code' && SHELL_LANGUAGES.has(token['lang'] ?? ''))
        shellBlocks.push(at(token['text'], token.raw))
    })
    line += block.raw.split('\n').length - 1
  }
  return { path, anchors, links, shellBlocks, codeSpans }
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      'tokens' in token && token.tokens ? plainText(token.tokens) : 'text' in token ? token.text : '',
    )
    .join('')
}

function linesBefore(text: string, part: string): number {
  return text.slice(0, Math.max(0, text.indexOf(part))).split('\n').length - 1
}
