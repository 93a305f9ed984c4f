// Finds what a file imports. TypeScript 7 has no JavaScript API and a parser is more than this needs: comments and
// the text of templates are blanked first, and what remains is read by its first words.

export interface Import {
  readonly specifier: string
  readonly line: number
}

const STATEMENT = /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])([^'"\n]+)\1/gm
const SIDE_EFFECT = /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm
const CALL = /\b(?:import|require|import\.meta\.resolve)\s*\(\s*(['"])([^'"\n]+)\1/g

/** Static and dynamic imports, re-exports, `require`, and types taken by `import('…')`. */
export function importsOf(text: string): Import[] {
  const code = blankProse(text)
  const found = [STATEMENT, SIDE_EFFECT, CALL].flatMap((pattern) => [...code.matchAll(pattern)])
  return found
    .map((match) => ({ specifier: match[2] ?? '', line: lineAt(code, match.index + match[0].search(/\S/)) }))
    .sort((a, b) => a.line - b.line)
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/**
 * The text with comments, template texts and strings that could not name a module replaced by spaces, and every
 * line where it was. Code inside a template's `${…}` stays. A `/` begins a regular expression where no value stands
 * before it.
 */
export function blankProse(text: string): string {
  let result = ''
  let at = 0
  const openBraces: number[] = [] // one counter for each template that we are inside of
  const keep = (length: number): void => {
    result += text.slice(at, at + length)
    at += length
  }
  const blank = (length: number): void => {
    result += text.slice(at, at + length).replace(/[^\n]/g, ' ')
    at += length
  }
  const template = (): void => {
    const end = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y
    end.lastIndex = at
    blank(end.exec(text)?.[0].length ?? 0)
    if (text.startsWith('${', at)) {
      openBraces.push(0)
      keep(2)
    } else keep(1)
  }
  while (at < text.length) {
    const depth = openBraces.at(-1)
    const token = TOKEN.find(({ pattern }) => {
      pattern.lastIndex = at
      return pattern.test(text)
    })
    if (token !== undefined && (token.kind !== 'regex' || valueCannotStandBefore(result))) {
      const length = token.pattern.lastIndex - at
      const isProse =
        token.kind === 'comment' ||
        (token.kind === 'string' && !/^.[^\s()'"`]*.$/.test(text.slice(at, at + length)))
      if (isProse) blank(length)
      else keep(length)
    } else if (text[at] === '`') {
      keep(1)
      template()
    } else if (depth !== undefined && text[at] === '}' && depth === 0) {
      openBraces.pop()
      keep(1)
      template()
    } else {
      if (depth !== undefined && text[at] === '{') openBraces[openBraces.length - 1] = depth + 1
      if (depth !== undefined && text[at] === '}') openBraces[openBraces.length - 1] = depth - 1
      keep(1)
    }
  }
  return result
}

const TOKEN = [
  { kind: 'comment', pattern: /\/\/[^\n]*|\/\*[\s\S]*?\*\//y },
  { kind: 'string', pattern: /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y },
  { kind: 'regex', pattern: /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y },
] as const

function valueCannotStandBefore(code: string): boolean {
  return /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|await|yield))\s*$/.test(
    code.slice(-200),
  )
}
