/** How the configuration files of the local clouds are read: closed, and with the path of what is wrong. */

export type Fields = Readonly<Record<string, unknown>>

/** Ends the reading; whoever began it makes an answer of it. */
export class Refused extends Error {
  readonly path: string
  constructor(path: string, sentence: string) {
    super(sentence)
    this.path = path
  }
}

/** @param known All that it may have. */
export function fieldsOf(value: unknown, path: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused(path, `${path} must be a JSON object.`)
  }
  const stranger = Object.keys(value).find((name) => !known.includes(name))
  if (stranger === undefined) return value as Fields
  throw new Refused(path, `${JSON.stringify(stranger)} is unknown at ${path}; known are ${known.join(', ')}.`)
}

export function listOf(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Refused(path, `${path} must be a list.`)
}

export function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw new Refused(path, `${path} must be a string.`)
}
