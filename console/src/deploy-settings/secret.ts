/** Values that may be secret: a sealed one is never shown, and kept until somebody types another. Pure. */
import type { components } from '../api/schema.d.ts'

type SecretInput = components['schemas']['SecretInput']
/** As the server answers it: plain, or sealed. */
export type Answered = string | { readonly secret: ''; readonly ciphertext: string } | undefined

export interface Secret {
  /** What somebody typed. */
  readonly text: string
  /** What was saved, encrypted; empty: nothing was. */
  readonly sealed: string
}

export const NO_SECRET: Secret = { text: '', sealed: '' }

export function secretOf(answered: Answered): Secret {
  if (answered === undefined) return NO_SECRET
  return typeof answered === 'string'
    ? { text: answered, sealed: '' }
    : { text: '', sealed: answered.ciphertext }
}

export function isGiven({ text, sealed }: Secret): boolean {
  return text !== '' || sealed !== ''
}

/** Null: there is none any more. */
export function secretInput({ text, sealed }: Secret): SecretInput | null {
  if (text !== '') return { secret: text }
  return sealed === '' ? null : { secret: '', ciphertext: sealed }
}

export interface Variable extends Secret {
  /** Of the row, while the page is open. */
  readonly key: string
  readonly name: string
  readonly isSecret: boolean
}

export function variablesOf(saved: Readonly<Record<string, Answered>> | undefined): Variable[] {
  return Object.entries(saved ?? {}).map(([name, answered]) => ({
    ...secretOf(answered),
    key: name,
    name,
    isSecret: typeof answered === 'object',
  }))
}

/** One for a row that was added; `number` has not been used on this page. */
export function newVariable(number: number): Variable {
  return { ...NO_SECRET, key: `#${number}`, name: '', isSecret: false }
}

/** For a merge: those that are gone are null. */
export function variablesInput(
  variables: readonly Variable[],
  saved: Readonly<Record<string, unknown>> | undefined,
): Record<string, SecretInput | null> {
  const gone = Object.fromEntries(Object.keys(saved ?? {}).map((name) => [name, null]))
  const rows = variables
    .filter(({ name }) => name.trim() !== '')
    .map((one) => [one.name.trim(), one.isSecret ? secretInput(one) : one.text])
  return { ...gone, ...Object.fromEntries(rows) }
}

/** A field of one line would lose the breaks of a key or a certificate that is pasted. @returns Undefined for one line. */
export function pastedLines(pasted: string): string | undefined {
  return pasted.trimEnd().includes('\n') ? pasted.replaceAll('\r\n', '\n') : undefined
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What is wrong with a row, in a sentence. */
export function variableProblem(variable: Variable, all: readonly Variable[]): string | undefined {
  const name = variable.name.trim()
  if (name === '') return isGiven(variable) ? 'A value needs a name.' : undefined
  if (!NAME.test(name)) return 'Letters, digits and _ only, not beginning with a digit.'
  const same = all.filter((one) => one.name.trim() === name)
  if (same.length > 1) return 'This name stands here twice.'
  return variable.isSecret && !isGiven(variable) ? 'Type the secret.' : undefined
}
