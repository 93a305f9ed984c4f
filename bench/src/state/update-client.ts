/** A client that writes an update as the CLI does: gzip, one request after the other, on one connection. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { PROJECT } from '../daypass/api.ts'
import { type Installation, ORGANIZATION } from '../daypass/installation.ts'

const ENTRY_TEXT_BYTES = 1800

export interface UpdateClient {
  /** @returns Milliseconds. */
  readonly append: (entries: number) => Promise<number>
  /** A whole state instead of entries. */
  readonly checkpoint: (body: Buffer) => Promise<void>
  readonly close: () => void
}

/**
 * Opens an update of a new stack.
 *
 * @param setting.state What the stack has before: the body of an import.
 */
export async function openUpdate(
  { baseUrl, adminToken }: Installation,
  stackName: string,
  setting: { readonly journalVersion: 0 | 1; readonly state?: Buffer },
): Promise<UpdateClient> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let sequenceID = 0

  async function send(method: string, path: string, authorization: string, body: Buffer, gzip = false) {
    const headers = {
      authorization,
      'content-type': 'application/json',
      'content-length': body.length,
      ...(gzip && { 'content-encoding': 'gzip' }),
    }
    const outgoing = request(new URL(path, baseUrl), { method, agent, headers })
    outgoing.end(body)
    const [answer] = await once(outgoing, 'response')
    const text = (await buffer(answer)).toString()
    if (answer.statusCode >= 300) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`)
    return text
  }
  const asUser = async (path: string, body: Buffer, gzip = false): Promise<Record<string, string>> =>
    JSON.parse(await send('POST', path, `token ${adminToken}`, body, gzip))
  const json = (body: object) => Buffer.from(JSON.stringify(body))

  const stacks = `/api/stacks/${ORGANIZATION}/${PROJECT}`
  const stack = `${stacks}/${stackName}`
  await asUser(stacks, json({ stackName }))
  if (setting.state) await asUser(`${stack}/import`, gzipSync(setting.state), true)
  const { updateID } = await asUser(`${stack}/update`, json({}))
  const update = `${stack}/update/${updateID}`
  const { token } = await asUser(update, json({ journalVersion: setting.journalVersion }))

  function nextEntry(): object {
    sequenceID += 1
    return {
      version: 1,
      kind: 1,
      sequenceID,
      operationID: sequenceID,
      removeOld: null,
      removeNew: null,
      state: resource(stackName, sequenceID),
    }
  }

  return {
    append: async (entries) => {
      const body = gzipSync(JSON.stringify({ entries: Array.from({ length: entries }, nextEntry) }))
      const start = performance.now()
      await send('PATCH', `${update}/journalentries`, `update-token ${token}`, body, true)
      return performance.now() - start
    },
    checkpoint: async (body) => {
      await send('PATCH', `${update}/checkpoint`, `update-token ${token}`, gzipSync(body), true)
    },
    close: () => agent.destroy(),
  }
}

/** About two kilobytes, and no two alike. */
function resource(stackName: string, at: number): object {
  const text = Array.from({ length: ENTRY_TEXT_BYTES / 9 }, (_, word) => (at * word).toString(36)).join('-')
  const urn = `urn:pulumi:${stackName}::${PROJECT}::x:i:T::r${at}`
  return { urn, custom: true, id: `id-${at}`, type: 'x:i:T', outputs: { text } }
}

/** The body of a checkpoint or an import, of so many bytes or a little more. */
export function wholeState(stackName: string, bytes: number): Buffer {
  const resources: string[] = []
  for (let length = 0; length < bytes; length += resources.at(-1)?.length ?? 0) {
    resources.push(JSON.stringify(resource(stackName, resources.length + 1)))
  }
  const manifest = '{"time":"2030-01-01T00:00:00Z","magic":"","version":""}'
  return Buffer.from(
    `{"version":3,"deployment":{"manifest":${manifest},"resources":[${resources.join(',')}]}}`,
  )
}
