/** Where the programs that this command starts live. They are started as processes, never imported. */
import { fileURLToPath } from 'node:url'

export const SERVER_PROGRAM = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))
export const RUNNER_PROGRAM = fileURLToPath(new URL('../../runner/src/main.ts', import.meta.url))
