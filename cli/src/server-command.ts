/** What the commands have in common that ask a server: where it is, and how its answer is shown. */
import type { Command } from 'commander'

export function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'the server (DAYPASS_SERVER; default http://127.0.0.1:8080)')
    .option('--token-file <file>', 'file with your access token (otherwise DAYPASS_TOKEN)')
}

/** JSON on standard output: for people to read, and for scripts. */
export function printJson(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
}

/** What happens meanwhile goes to standard error, so that it never mixes with an answer. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
