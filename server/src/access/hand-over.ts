/** Tokens that the server makes by itself reach whoever they are for by a file, the terminal or a pipe. */
import { closeSync, fstatSync, writeSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { StartRefusal } from '../start-refusal.ts'

/** Written beside and renamed, mode 0600: whoever finds the file finds a whole token. */
export async function writeTokenFile(path: string, token: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  try {
    await rm(draft, { force: true })
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${token}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartRefusal(
      `The admin token cannot be written to --admin-token-file ${path} (${reason}). Nothing was made.`,
    )
  }
}

/** For a terminal: nobody sees it a second time. @param url Where to log in with it. */
export function showToken(write: (text: string) => void, token: string, login: string, url: string): void {
  write(
    `\nThe access token of "${login}", shown this once and stored only as a hash:\n\n    ${token}\n\n` +
      `Keep it, and log in with it: pulumi login ${url}\n\n`,
  )
}

/** One line, then the end. @throws {StartRefusal} when the descriptor is not open. */
export function writeTokenToDescriptor(descriptor: number, token: string): void {
  try {
    fstatSync(descriptor)
    writeSync(descriptor, `${token}\n`)
    closeSync(descriptor)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartRefusal(
      `The runner's token cannot be written to --runner-token-fd ${descriptor} (${reason}).`,
    )
  }
}
