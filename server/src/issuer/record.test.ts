import { expect, test } from 'vitest'
import { MOST_AT_ONCE } from '../db/gather.ts'
import { type MintRecord, mintRecorder } from './record.ts'

const mint = (jti: string): MintRecord => ({
  jti,
  kid: 'k1',
  organizationId: 'o',
  stackId: 's',
  deploymentId: 'd',
  subject: 'pulumi:deploy:…',
  audience: 'contoso',
  purpose: 'exchange',
  issuedAtSeconds: 1,
  expiresAtSeconds: 301,
})

/** A write that is over when the test says so. */
function heldWrites() {
  const batches: { jtis: string[]; succeed: () => void; fail: (error: Error) => void }[] = []
  const write = (records: readonly MintRecord[]) =>
    new Promise<void>((succeed, fail) => batches.push({ jtis: records.map(({ jti }) => jti), succeed, fail }))
  return { write, batches }
}
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

/** How a promise stands now. */
function watch(promise: Promise<void>): { state: string } {
  const watched = { state: 'waiting' }
  promise.then(
    () => {
      watched.state = 'recorded'
    },
    (error: Error) => {
      watched.state = error.message
    },
  )
  return watched
}

test('a lone mint is written at once, and is recorded only when the write is over', async () => {
  const { write, batches } = heldWrites()
  const one = watch(mintRecorder(write)(mint('1')))
  await turn()
  expect(batches.map(({ jtis }) => jtis)).toEqual([['1']])
  expect(one.state).toBe('waiting')
  batches[0]?.succeed()
  await turn()
  expect(one.state).toBe('recorded')
})

test('mints that come during a write go together in the next one, in their order', async () => {
  const { write, batches } = heldWrites()
  const record = mintRecorder(write)
  const first = watch(record(mint('1')))
  await turn()
  const later = ['2', '3', '4'].map((jti) => watch(record(mint(jti))))
  await turn()
  expect(batches).toHaveLength(1)
  batches[0]?.succeed()
  await turn()
  expect(first.state).toBe('recorded')
  expect(later.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting'])
  expect(batches.map(({ jtis }) => jtis)).toEqual([['1'], ['2', '3', '4']])
  batches[1]?.succeed()
  await turn()
  expect(later.map(({ state }) => state)).toEqual(['recorded', 'recorded', 'recorded'])
})

test('a failed write refuses all the mints in it and no other', async () => {
  const { write, batches } = heldWrites()
  const record = mintRecorder(write)
  const first = ['1', '2'].map((jti) => watch(record(mint(jti))))
  await turn()
  const second = watch(record(mint('3')))
  batches[0]?.fail(new Error('connection terminated'))
  await turn()
  expect(first.map(({ state }) => state)).toEqual(['connection terminated', 'connection terminated'])
  batches[1]?.succeed()
  await turn()
  expect(second.state).toBe('recorded')
})

test('the error of the write is passed on as it is: the edge tells an outage from a bug', async () => {
  const outage = new Error('connection terminated')
  await expect(mintRecorder(() => Promise.reject(outage))(mint('1'))).rejects.toBe(outage)
})

test('a write that throws at once refuses its mints, and the next mint is written', async () => {
  let broken = true
  const record = mintRecorder(() => {
    if (broken) throw new Error('no pool')
    return Promise.resolve()
  })
  await expect(record(mint('1'))).rejects.toThrow('no pool')
  broken = false
  await expect(record(mint('2'))).resolves.toBeUndefined()
})

test('one write takes no more than it should, and none is lost', async () => {
  const sizes: number[] = []
  const written: string[] = []
  const record = mintRecorder((records) => {
    sizes.push(records.length)
    written.push(...records.map(({ jti }) => jti))
    return turn().then(() => undefined)
  })
  const jtis = Array.from({ length: 2 * MOST_AT_ONCE + 10 }, (_, index) => String(index))
  await Promise.all(jtis.map((jti) => record(mint(jti))))
  expect(sizes).toEqual([MOST_AT_ONCE, MOST_AT_ONCE, 10])
  expect(written).toEqual(jtis)
})
