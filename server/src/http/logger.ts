/** The log: JSON lines on standard error. It never sees a body, and the headers that carry a token are blotted. */
import { type Logger, pino } from 'pino'

const SECRET_FIELDS = ['authorization', 'cookie', '["set-cookie"]', '["proxy-authorization"]']

export function createLog(level: string, stream: NodeJS.WritableStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => {
          const path = field.startsWith('[') ? field : `.${field}`
          return [`headers${path}`, `req.headers${path}`, `err.config.headers${path}`]
        }),
        censor: '[blotted]',
      },
      serializers: {
        // What PostgreSQL says about a statement may hold values of the statement, so only its code and sentence stay.
        err: ({ name, message, code, stack, cause }: Error & { code?: unknown }) => ({
          name,
          message,
          code,
          stack,
          cause: cause instanceof Error ? cause.message : undefined,
        }),
      },
    },
    stream,
  )
}
