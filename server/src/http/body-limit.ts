/** How many bytes a body may have, as sent and inflated, and the sentence for one that has more. */
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body may have {@link LARGE_BODY_BYTES} instead of {@link BODY_BYTES}. */
    largeBody?: true
    /** It holds a state, or what a state is made of: what the largest state may have. */
    stateBody?: true
    /** How many bytes exactly, instead of {@link BODY_BYTES}. */
    bodyBytes?: number
    /** The server's flag that says so. */
    bodyBytesFlag?: string
  }
}

export const MB = 1024 * 1024
export const BODY_BYTES = MB
/** Secrets come many in one body. */
export const LARGE_BODY_BYTES = 200 * MB

export const LARGEST_STATE_FLAG = '--largest-state-mb'

export function bodyLimits(app: FastifyInstance, largestStateBytes: number): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.stateBody === true) {
      route.config.bodyBytes = largestStateBytes
      route.config.bodyBytesFlag = LARGEST_STATE_FLAG
    }
    if (route.config?.largeBody === true) route.config.bodyBytes ??= LARGE_BODY_BYTES
    if (route.config?.bodyBytes !== undefined) route.bodyLimit ??= route.config.bodyBytes
  })
}

export function bodyLimitOf({ routeOptions: { config, bodyLimit } }: FastifyRequest): number {
  return config.bodyBytes ?? bodyLimit ?? BODY_BYTES
}

export function bodyTooLarge(request: FastifyRequest): { readonly reason: string; readonly message: string } {
  const flag = request.routeOptions.config.bodyBytesFlag
  const who = flag === undefined ? 'this route takes' : `this server takes: its operator can change ${flag}`
  return {
    reason: 'body_too_large',
    message: `The body is larger than the ${inWords(bodyLimitOf(request))} that ${who}.`,
  }
}

function inWords(bytes: number): string {
  return bytes % MB === 0 ? `${bytes / MB} MB` : `${bytes} bytes`
}
