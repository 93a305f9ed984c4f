/**
 * Text that others wrote, in Markdown that we write: names, logs and messages stay text, whatever they hold. No mention, no
 * link, no image, no HTML of theirs comes alive in a comment that bears our name.
 */

/** In one line, as code: backticks inside are fenced by longer ones. */
export function code(text: string): string {
  const line = text.replace(/[\r\n\t]+/g, ' ').trim()
  if (line === '') return '` `'
  const ticks = '`'.repeat(longestRun(line) + 1)
  // A run of backticks at either end needs a space beside it.
  const padded = line.startsWith('`') || line.endsWith('`') ? ` ${line} ` : line
  return ticks + padded + ticks
}

/** In a cell of a table, where a pipe would end it even within code. */
export function codeCell(text: string): string {
  return code(text).replaceAll('|', '\\|')
}

/** As a block, fenced by more backticks than it holds. */
export function codeBlock(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`
}

/** One line of prose: every character that Markdown, HTML or a host's mentions could mean something with is escaped. */
export function prose(text: string): string {
  return (
    text
      .replace(/[\r\n\t]+/g, ' ')
      .replace(/[\\`*_{}[\]()#+\-.!|~>]/g, '\\$&')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      // A host turns these into mentions and references; an empty comment between breaks the word.
      .replace(/@(?=\w)/g, '@<!-- -->')
  )
}

export function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

/** What terminals read as colours and movements. */
export function withoutAnsi(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken away
  return text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g, '')
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
