/** What is given as a file, or on standard input with `-`: secrets stand in no argument, where every process can read them. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { jsonObject } from '@daypass/contract/json-object.ts'
import { EXIT } from './exit-code.ts'
import { FailedCommand, type Surroundings } from './failed-command.ts'
import { say } from './output.ts'

type GivenBy = Pick<Surroundings, 'input' | 'folder'>

/** @param what for the sentence when it cannot be read: "the secret". */
export async function readGiven(path: string, what: string, { input, folder }: GivenBy): Promise<string> {
  if (path === '-') {
    if (input.isTTY) say(`Type ${what}, and end it with Ctrl-D on a line of its own.`)
    return text(input)
  }
  return readFile(resolve(folder, path), 'utf8').catch((cause: Error) => {
    throw new FailedCommand(`cannot read ${what}: ${cause.message}`, EXIT.misused)
  })
}

/** The same, of one line. @throws {FailedCommand} when there is nothing in it, or more. */
export async function readGivenLine(path: string, what: string, surroundings: GivenBy): Promise<string> {
  const line = (await readGiven(path, what, surroundings)).replace(/\r?\n$/, '')
  if (line !== '' && !/[\r\n]/.test(line)) return line
  throw new FailedCommand(
    `${what} must be one line, and ${path === '-' ? 'standard input' : path} is not.`,
    EXIT.misused,
  )
}

/** @throws {FailedCommand} when it is no JSON object. */
export async function readGivenJson(path: string, what: string, surroundings: GivenBy): Promise<object> {
  const object = jsonObject(await readGiven(path, what, surroundings))
  if (object) return object
  // Without what the parser says, which would quote the text.
  throw new FailedCommand(`${what} must be a JSON object.`, EXIT.misused)
}
