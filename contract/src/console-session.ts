/** The session of the web console: what its pages say of who is signed in. The session itself is a cookie. */
import { type Static, Type } from 'typebox'
import { User } from './organizations.ts'

export const CONSOLE_SESSION_PATH = '/api/daypass/session'

export const CreateConsoleSessionRequest = Type.Object(
  { accessToken: Type.String({ maxLength: 200, description: 'A person’s own.' }) },
  { additionalProperties: false },
)
export type CreateConsoleSessionRequest = Static<typeof CreateConsoleSessionRequest>

export const ConsoleSession = Type.Object({
  user: User,
  expiresAt: Type.String({ description: 'Unless it is used before.' }),
})
export type ConsoleSession = Static<typeof ConsoleSession>
