// Takes a block of shell apart into simple commands, as far as the commands of our pages need it: quotes, continued
// lines, comments, pipes and lists, redirections, here-documents, command substitution. Expands nothing.

const HERE_DOCUMENT = /<<-?\s*(['"]?)(\w+)\1([^\n]*)\n[\s\S]*?\n\s*\2(?=\n|$)/g
/** `<data folder>` stands for something that the reader fills in. */
const PLACEHOLDER = /<[a-z][a-z0-9 .'’_-]*>/gi
const SEPARATOR = /[\n;|&()`]/

/** @returns the words of each command, without assignments before it. */
export function commandsOf(block: string): string[][] {
  const text = block.replace(HERE_DOCUMENT, '$3').replaceAll('\\\n', ' ').replace(PLACEHOLDER, 'placeholder')
  const commands: string[][] = [[]]
  let word: string | undefined
  let isTarget = false
  const endWord = (): void => {
    if (word !== undefined && !isTarget) commands.at(-1)?.push(word)
    if (word !== undefined) isTarget = false
    word = undefined
  }
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === "'" || character === '"') {
      const end = closingQuote(text, at)
      word = (word ?? '') + text.slice(at + 1, end)
      at = end
    } else if (character === '#' && word === undefined) {
      at = endOfLine(text, at) - 1
    } else if (SEPARATOR.test(character)) {
      endWord()
      commands.push([])
    } else if (character === '<' || character === '>') {
      if (word !== undefined && /^\d$/.test(word)) word = undefined
      endWord()
      isTarget = true
      if (text.charAt(at + 1) === '&') at += 1
    } else if (/\s/.test(character)) endWord()
    else word = (word ?? '') + (character === '\\' ? text.charAt(++at) : character)
  }
  endWord()
  return commands.map(withoutAssignments).filter((words) => words.length > 0)
}

function closingQuote(text: string, open: number): number {
  const quote = text.charAt(open)
  for (let at = open + 1; at < text.length; at += 1) {
    if (text.charAt(at) === quote) return at
    if (quote === '"' && text.charAt(at) === '\\') at += 1
  }
  return text.length
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}

function withoutAssignments(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !/^\w+=/.test(word))
  return first === -1 ? [] : words.slice(first)
}
