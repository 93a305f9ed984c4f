/** What a job reports, as the server keeps it: once each, and found again. */
import { createHmac, randomBytes } from 'node:crypto'
import { anchorOf } from '@daypass/contract/anchor.ts'
import { JOB_FINGERPRINTS_PATH } from '@daypass/contract/job-paths.ts'
import type { FingerprintReport } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { fingerprintsIn } from './fingerprint.ts'

const MULTIPLIER = 0x9e37_79b1

let world: World
let jobToken: string
let deploymentId: string
beforeAll(async () => {
  world = await createWorld()
  await world.addStack('renewed')
  const { body } = await world.call('POST', '/api/stacks/acme/web/renewed/deployments', {
    body: { operation: 'update', sourceContext: { git: GIT } },
  })
  deploymentId = body.id
  jobToken = (await world.claim())?.jobToken ?? ''
  await world.job('POST', '/api/daypass/job/start', jobToken, {})
})
afterAll(() => world.close())

const newKey = (): string => randomBytes(32).toString('hex')
const newCredential = (): string => randomBytes(60).toString('base64')

function reportOf(credential: string, key: string): FingerprintReport {
  const mac = createHmac('sha256', Buffer.from(key, 'hex')).update(credential).digest('hex')
  const anchor = anchorOf(credential, MULTIPLIER)
  return { multiplier: MULTIPLIER, key, fingerprints: [{ anchor, length: credential.length, mac }] }
}

const tell = async (report: FingerprintReport): Promise<number> =>
  (await world.job('POST', JOB_FINGERPRINTS_PATH, jobToken, report)).status

const found = async (text: string): Promise<boolean> =>
  (await fingerprintsIn(world.db).ofDeployment(deploymentId))(text).length === 1

test('reports of one key are kept each, a repeated one once, and all are found beside those of a key each', async () => {
  const key = newKey()
  const renewed = Array.from({ length: 5 }, newCredential)
  for (const credential of renewed) {
    expect(await tell(reportOf(credential, key))).toBe(204)
    expect(await tell(reportOf(credential, key))).toBe(204)
  }
  const former = [newCredential(), newCredential()]
  for (const credential of former) expect(await tell(reportOf(credential, newKey()))).toBe(204)
  const { rowCount } = await world.db.query('select from credential_fingerprints')
  expect(rowCount).toBe(renewed.length + former.length)
  for (const credential of [...renewed, ...former]) expect(await found(`x ${credential} y`)).toBe(true)
  expect(await found(`x ${newCredential()} y`)).toBe(false)
})

test('a report that a server of before kept is found too', async () => {
  const [key, credential] = [newKey(), newCredential()]
  await world.db.query(
    "insert into credential_fingerprints (deployment_id, mac_key, report) values ($1, decode($2, 'hex'), $3)",
    [deploymentId, key, JSON.stringify(reportOf(credential, key))],
  )
  expect(await found(credential)).toBe(true)
})
