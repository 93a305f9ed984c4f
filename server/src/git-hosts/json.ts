/** Reading JSON that a stranger wrote: what is not of the expected form is undefined, and nothing throws. */

/** Follows names into objects. Only own fields count. */
export function field(value: unknown, ...names: readonly string[]): unknown {
  let found = value
  for (const name of names) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Readonly<Record<string, unknown>>)[name]
  }
  return found
}

/** Of a commit. */
export const LONGEST_MESSAGE = 16_384
/** Of a comment. */
export const LONGEST_BODY = 65_536

/** Cut to what can be kept: no NUL, no half of a surrogate pair, and no more than `longest` characters. */
export function words(value: unknown, longest: number): string {
  return typeof value === 'string' ? value.slice(0, longest).replaceAll('\0', '').toWellFormed() : ''
}

export function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** @returns Undefined when one of them is no text. */
export function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
}
