/** What one durable append to a journal costs its client, as the CLI sends it: gzip, one request after the other. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { holdBelow, median, type Verdict } from '../bench.ts'
import { PROJECT } from '../daypass/api.ts'
import { type Installation, ORGANIZATION } from '../daypass/installation.ts'

const ENTRY_TEXT_BYTES = 1800
const WARM_UP = 100
const MEASURED = 200
/** How long the journal gets before it is measured again. */
const LONG_JOURNAL_REQUESTS = 2000
/** Noise of the machine between two medians. */
const MOST_GROWTH = 1.3

export async function* measureAppends(installation: Installation): AsyncGenerator<Verdict> {
  const journal = await openJournal(installation)
  try {
    for (let count = 0; count < WARM_UP; count += 1) await journal.append(2)
    const few = await journal.appendMany(MEASURED, (at) => 1 + (at % 4))
    yield holdBelow('state-append-1-to-4', { value: median(few), limit: 2, unit: 'ms' })
    const many = await journal.appendMany(MEASURED, () => 50)
    yield holdBelow('state-append-50', { value: median(many), limit: 4, unit: 'ms' })
    await journal.appendMany(LONG_JOURNAL_REQUESTS, () => 2)
    const late = await journal.appendMany(MEASURED, (at) => 1 + (at % 4))
    const growth = median(late) / median(few)
    yield {
      name: 'state-append-growth',
      ours: `${median(late).toFixed(2)} ms`,
      peer: `${median(few).toFixed(2)} ms ${LONG_JOURNAL_REQUESTS + MEASURED} requests earlier`,
      ratio: growth.toFixed(2),
      goal: `<= ${MOST_GROWTH}`,
      reached: growth <= MOST_GROWTH,
    }
  } finally {
    journal.close()
  }
}

interface Journal {
  readonly append: (entries: number) => Promise<number>
  readonly appendMany: (count: number, entriesOf: (at: number) => number) => Promise<number[]>
  readonly close: () => void
}

async function openJournal({ baseUrl, adminToken }: Installation): Promise<Journal> {
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
  const asUser = async (path: string, body: object): Promise<Record<string, string>> =>
    JSON.parse(await send('POST', path, `token ${adminToken}`, Buffer.from(JSON.stringify(body))))

  const stack = `/api/stacks/${ORGANIZATION}/${PROJECT}`
  await asUser(stack, { stackName: 'append' })
  const { updateID } = await asUser(`${stack}/append/update`, {})
  const { token } = await asUser(`${stack}/append/update/${updateID}`, { journalVersion: 1 })

  async function append(entries: number): Promise<number> {
    const body = gzipSync(JSON.stringify({ entries: Array.from({ length: entries }, nextEntry) }))
    const path = `${stack}/append/update/${updateID}/journalentries`
    const start = performance.now()
    await send('PATCH', path, `update-token ${token}`, body, true)
    return performance.now() - start
  }

  function nextEntry(): object {
    sequenceID += 1
    const text = Array.from({ length: ENTRY_TEXT_BYTES / 9 }, (_, at) => (sequenceID * at).toString(36)).join(
      '-',
    )
    const urn = `urn:pulumi:append::${PROJECT}::x:i:T::r${sequenceID}`
    const state = { urn, custom: true, id: `id-${sequenceID}`, type: 'x:i:T', outputs: { text } }
    return {
      version: 1,
      kind: 1,
      sequenceID,
      operationID: sequenceID,
      removeOld: null,
      removeNew: null,
      state,
    }
  }

  return {
    append,
    async appendMany(count, entriesOf) {
      const times: number[] = []
      for (let at = 0; at < count; at += 1) times.push(await append(entriesOf(at)))
      return times
    },
    close: () => agent.destroy(),
  }
}
