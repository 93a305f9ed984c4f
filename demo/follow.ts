/** Prints a deployment's steps and lines as they come, until it has ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api, DeploymentRead } from './api.ts'

const POLL_MILLISECONDS = 100

export interface Followed extends DeploymentRead {
  /** Every line of the log, as a person read it. */
  readonly lines: readonly string[]
}

export async function follow(
  api: Api,
  stack: string,
  id: string,
  write: (text: string) => void,
): Promise<Followed> {
  const lines: string[] = []
  let token: string | undefined
  do {
    const page = await api.log(stack, id, token)
    for (const { header, line } of page.lines) {
      if (header !== undefined) write(`  ${stack} │ ■ ${header}\n`)
      else if (line !== undefined) {
        lines.push(line.trimEnd())
        write(`  ${stack} │   ${line.trimEnd()}\n`)
      }
    }
    if (page.lines.length === 0) await sleep(POLL_MILLISECONDS)
    token = page.nextToken
  } while (token)
  return { ...(await api.deployment(stack, id)), lines }
}
