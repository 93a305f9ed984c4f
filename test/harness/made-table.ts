/**
 * Tables in the documents that a test makes from what it saw: with `npm test -- <the test> --update` it writes them,
 * otherwise a difference fails it. Each stands between two marks, of which the first names the test.
 */
import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'

const END = '<!-- End of what was made. -->'

/** @param test Its path in the repository. @throws when the document has no place for it. */
export async function expectMadeTable(document: string, test: string, table: string): Promise<void> {
  const made = withTable(await readFile(document, 'utf8'), test, table)
  await expect(made).toMatchFileSnapshot(document)
}

function withTable(document: string, test: string, table: string): string {
  const begin = `<!-- Made by ${test} from a run; \`npm test -- ${test} --update\` writes it. -->\n`
  const from = document.indexOf(begin)
  const to = document.indexOf(END, from)
  if (from < 0 || to < 0) throw new Error(`The document has no place for the table of ${test}.`)
  return `${document.slice(0, from)}${begin}\n${table}\n\n${document.slice(to)}`
}
