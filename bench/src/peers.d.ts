/** The little that we use of two packages that ship without types. */

declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  export class Provider {
    constructor(issuer: string, configuration: object)
    callback(): RequestListener
  }
}

declare module 'autocannon' {
  interface Result {
    readonly duration: number
    readonly '2xx': number
    readonly non2xx: number
    readonly errors: number
    readonly timeouts: number
    readonly latency: { readonly p50: number; readonly p99: number }
  }
  interface Client {
    setRequests(requests: readonly object[]): void
  }
  interface Options {
    readonly url: string
    readonly connections: number
    readonly duration: number
    readonly requests: readonly object[]
    readonly setupClient: (client: Client) => void
  }
  function autocannon(options: Options): Promise<Result>
  export = autocannon
}
