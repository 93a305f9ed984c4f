/** What the server and the process that holds the module say to each other, over the pipe between them. */

export interface TokenPlace {
  /** The vendor's library. */
  readonly module: string
  /** The label that the token was initialized with. */
  readonly token: string
  /** Holds the user's PIN, mode 0600. */
  readonly pinFile: string
}

/** Ids are what the token knows a key by (`CKA_ID`). */
export type Act =
  | ({ readonly kind: 'open' } & TokenPlace)
  | { readonly kind: 'create'; readonly id: Buffer; readonly label: string; readonly modulusBits: number }
  | { readonly kind: 'sign'; readonly id: Buffer; readonly input: Buffer }
  | { readonly kind: 'destroy'; readonly id: Buffer }

/** Of an RSA key: two unsigned numbers, the first byte first. */
export interface PublicNumbers {
  readonly modulus: Buffer
  readonly exponent: Buffer
}

export interface Results {
  readonly open: undefined
  readonly create: PublicNumbers
  readonly sign: Buffer
  readonly destroy: undefined
}

/**
 * - `misconfigured`: only a person can mend it.
 * - `pin_refused`: the same, and each further try may lock the token.
 * - `unavailable`: it may be over by itself.
 */
export type FailureCode = 'misconfigured' | 'pin_refused' | 'unavailable'

export interface Failure {
  readonly code: FailureCode
  readonly sentence: string
}

export class TokenError extends Error {
  readonly code: FailureCode

  constructor({ code, sentence }: Failure, options?: ErrorOptions) {
    super(sentence, options)
    this.code = code
  }
}

export interface Question {
  readonly number: number
  readonly act: Act
}

export type Reply =
  | { readonly number: number; readonly result: Results[keyof Results] }
  | { readonly number: number; readonly failure: Failure }
