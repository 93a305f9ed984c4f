import { EXIT } from './exit-code.ts'

/** Ends the command with one sentence for the person and an exit code for the script. */
export class FailedCommand extends Error {
  readonly exitCode: number

  /** @param exitCode one of `EXIT`; what a program ended with that we started is passed on as it is. */
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What the commands take from the world; `main.ts` alone reads it. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly fetch: typeof globalThis.fetch
  readonly now: () => Date
  /** The current folder. */
  readonly folder: string
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
}
