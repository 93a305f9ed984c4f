/**
 * A refusal of the server, or that there was no answer at all, as the sentence that a page shows. Everything that a
 * request of `client.ts` can end with, except success.
 */
export class Refusal extends Error {
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number
  /** Stable, for example `deployment-not-found`; undefined where the server named none. */
  readonly code: string | undefined

  constructor(status: number, message: string, code?: string) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
  }
}

const UNREACHABLE = 'The server does not answer. Check that it is running; this page tries again by itself.'

export function refusalOf(status: number, body: unknown): Refusal {
  const { message, reason } = (typeof body === 'object' && body !== null ? body : {}) as {
    message?: unknown
    reason?: unknown
  }
  const sentence = typeof message === 'string' ? message : `The server answered with status ${status}.`
  return new Refusal(status, sentence, typeof reason === 'string' ? reason : undefined)
}

export function unreachable(): Refusal {
  return new Refusal(0, UNREACHABLE)
}

export function isRefusal(error: unknown, status?: number): error is Refusal {
  return error instanceof Refusal && (status === undefined || error.status === status)
}
