/** Several JSON documents one after the other, as commands print them. Pure. */

/** @returns The documents, or a sentence. */
export function readDocuments(text: string): unknown[] | string {
  const documents: unknown[] = []
  let rest = text.trim()
  while (rest !== '') {
    const end = endOfDocument(rest)
    try {
      documents.push(JSON.parse(rest.slice(0, end)))
    } catch {
      return documents.length === 0
        ? 'This is not JSON. Paste what the command prints, whole.'
        : `What follows the ${documents.length === 1 ? 'first document' : `first ${documents.length} documents`} is not JSON.`
    }
    rest = rest.slice(end).trim()
  }
  return documents.length === 0 ? 'Paste what the command prints.' : documents
}

/** Where the first object or list is closed; the end where it is not. */
function endOfDocument(text: string): number {
  let depth = 0
  let isText = false
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]
    if (isText) {
      if (letter === '\\') at += 1
      else if (letter === '"') isText = false
    } else if (letter === '"') isText = true
    else if (letter === '{' || letter === '[') depth += 1
    else if (letter === '}' || letter === ']') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return text.length
}
