/**
 * Text in a policy: literal characters, wildcards (`*` any text, `?` any one character) and policy variables
 * (`${aws:username}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the characters themselves).
 *
 * Owns reading and matching such text. Matching never backtracks over more than one `*`, so its cost is bounded by
 * the product of the two lengths whatever the policy says.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */

export type Token =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'variable'; readonly key: string; readonly default: string | undefined }

export type TokenResult =
  | { readonly ok: true; readonly tokens: readonly Token[] }
  | { readonly ok: false; readonly problem: string }

const VARIABLE = /^\$\{\s*(\w[\w.:/@+=~%-]*)\s*(?:,\s*'([^']*)'\s*)?\}/
const ESCAPE = /^\$\{([*?$])\}/

/** @param variables Whether `${…}` means anything: under `2008-10-17` it is plain text. */
export function tokensOf(text: string, options: { readonly variables: boolean }): TokenResult {
  const tokens: Token[] = []
  let rest = text
  while (rest !== '') {
    if (options.variables && rest.startsWith('${')) {
      const escaped = ESCAPE.exec(rest)
      const variable = escaped ? null : VARIABLE.exec(rest)
      if (escaped?.[1]) tokens.push({ kind: 'char', char: escaped[1] })
      else if (variable?.[1]) tokens.push({ kind: 'variable', key: variable[1], default: variable[2] })
      else
        return {
          ok: false,
          problem: `the policy variable at ${JSON.stringify(rest.slice(0, 40))} is malformed`,
        }
      rest = rest.slice((escaped ?? variable)?.[0].length ?? rest.length)
      continue
    }
    const char = String.fromCodePoint(rest.codePointAt(0) ?? 0)
    tokens.push(char === '*' ? { kind: 'any' } : char === '?' ? { kind: 'one' } : { kind: 'char', char })
    rest = rest.slice(char.length)
  }
  return { ok: true, tokens }
}

/**
 * Puts values into the variables. A value's own `*` and `?` stay literal: whoever holds a token must not widen a
 * policy by what stands in it.
 *
 * @returns undefined when a variable has neither value nor default: AWS then calls the text null, which nothing
 *   equals or is like.
 */
export function substitute(
  tokens: readonly Token[],
  valueFor: (key: string) => string | undefined,
): readonly Token[] | undefined {
  const result: Token[] = []
  for (const token of tokens) {
    if (token.kind !== 'variable') {
      result.push(token)
      continue
    }
    const value = valueFor(token.key) ?? token.default
    if (value === undefined) return undefined
    for (const char of value) result.push({ kind: 'char', char })
  }
  return result
}

/** The text with its wildcards taken literally, for the operators that know none. */
export function literalText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => (token.kind === 'char' ? token.char : token.kind === 'any' ? '*' : '?'))
    .join('')
}

export function hasWildcard(tokens: readonly Token[]): boolean {
  return tokens.some((token) => token.kind === 'any' || token.kind === 'one')
}

/** Whether the whole text is like the pattern. Case counts. */
export function isLike(tokens: readonly Token[], text: string): boolean {
  const chars = Array.from(text)
  let token = 0
  let char = 0
  let star = -1
  let resume = 0
  while (char < chars.length) {
    const wanted = tokens[token]
    if (wanted?.kind === 'any') {
      star = token
      resume = char
      token += 1
    } else if (wanted?.kind === 'one' || (wanted?.kind === 'char' && wanted.char === chars[char])) {
      token += 1
      char += 1
    } else if (star >= 0) {
      token = star + 1
      resume += 1
      char = resume
    } else {
      return false
    }
  }
  return tokens.slice(token).every((rest) => rest.kind === 'any')
}

/** Whether the text is like a pattern without variables. */
export function isLikeText(pattern: string, text: string): boolean {
  const read = tokensOf(pattern, { variables: false })
  return read.ok && isLike(read.tokens, text)
}
