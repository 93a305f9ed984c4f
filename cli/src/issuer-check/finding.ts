/** What a look at an issuer finds, and what it needs. */

export interface Finding {
  /** A stable word for what was looked at. */
  readonly check: string
  readonly verdict: 'ok' | 'warning' | 'failed'
  readonly sentence: string
}

export interface CheckOptions {
  /** Without a slash at its end, as it stands in `iss`. */
  readonly issuerUrl: string
  /** What the server says of its keys; undefined when nobody could ask it. */
  readonly expected: ExpectedKeys | undefined
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds, by a clock that never goes back. */
  readonly monotonicMs: () => number
}

export interface ExpectedKeys {
  /** Those that must be published now. */
  readonly kids: readonly string[]
  /** Those that are on their way to a mirror. */
  readonly mayBe?: readonly string[]
  /** From a key's publication until it signs. */
  readonly leadSeconds: number
}
