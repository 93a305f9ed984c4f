/** Ends the command with one sentence for the person and an exit code for the script. */
export class FailedCommand extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What the commands take from the world; `main.ts` alone reads it. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly fetch: typeof globalThis.fetch
}
