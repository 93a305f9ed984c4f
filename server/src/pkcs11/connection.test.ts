/** With a real SoftHSM, whose process is stopped, killed, and robbed of its token. */
import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeToken, type TestToken, whyNoSoftHsm } from '../../../test/harness/softhsm.ts'
import { connectPkcs11, type Pkcs11Connection, type Pkcs11Options } from './connection.ts'
import { CKA, CKO, loadModule, ulong } from './cryptoki.ts'
import type { PublicNumbers, TokenError } from './protocol.ts'

const missing = whyNoSoftHsm()
const TIMING = { actSeconds: 3, openSeconds: 10, pauseSeconds: 0.1 }
const INPUT = Buffer.from('what is signed')

describe.skipIf(missing)(missing === undefined ? 'a token' : `a token (skipped: ${missing})`, () => {
  let token: TestToken
  let connections: Pkcs11Connection[]
  beforeEach(() => {
    token = makeToken()
    connections = []
  })
  afterEach(async () => {
    await Promise.all(connections.map((connection) => connection.stop()))
    // One that could not open its token was killed before, and nobody waits for that.
    await expect.poll(processesOfModules).toEqual([])
    token.remove()
  })

  function connect(other: Partial<Pkcs11Options> = {}): Pkcs11Connection {
    const connection = connectPkcs11({ ...token.options, ...other }, TIMING)
    connections.push(connection)
    return connection
  }

  async function makeKey(connection: Pkcs11Connection, id = randomBytes(16)) {
    const numbers = await connection.perform({ kind: 'create', id, label: 'test', modulusBits: 2048 })
    return { id, numbers }
  }

  const sign = (connection: Pkcs11Connection, id: Buffer) =>
    connection.perform({ kind: 'sign', id, input: INPUT })

  /** After the pause. */
  async function signsAgain(connection: Pkcs11Connection, id: Buffer): Promise<void> {
    await expect.poll(() => resultOf(sign(connection, id))).toBe('done')
  }

  test('a key that it makes signs RS256, many at a time, also for another server', async () => {
    const connection = connect()
    const { id, numbers } = await makeKey(connection)
    const signatures = await Promise.all(Array.from({ length: 20 }, () => sign(connection, id)))
    signatures.push(await sign(connect(), id))
    for (const signature of signatures) {
      expect(verify('sha256', INPUT, publicKeyOf(numbers), signature)).toBe(true)
    }
  })

  test('nobody can take the private key out, not even who has the PIN', async () => {
    const { id } = await makeKey(connect())
    process.env['SOFTHSM2_CONF'] = token.options.environment['SOFTHSM2_CONF']
    const cryptoki = await loadModule(token.options.module)
    await cryptoki.initialize()
    const [slot = 0] = await cryptoki.slots()
    const session = await cryptoki.openSession(slot)
    await cryptoki.login(session, Buffer.from(token.pin))
    const [key = 0] = await cryptoki.findObjects(
      session,
      [ulong(CKA.CLASS, CKO.PRIVATE_KEY), { type: CKA.ID, value: id }],
      2,
    )
    const attribute = async (type: number) => (await cryptoki.attribute(session, key, type))[0]
    expect(await attribute(CKA.NEVER_EXTRACTABLE)).toBe(1)
    expect(await attribute(CKA.SENSITIVE)).toBe(1)
    const PRIVATE_EXPONENT = 0x123
    await expect(attribute(PRIVATE_EXPONENT)).rejects.toThrow('C_GetAttributeValue answered 0x11')
  })

  test('a destroyed key is gone, for whoever had found it too, and the others stay', async () => {
    const [one, other] = [connect(), connect()]
    const [lost, kept] = [await makeKey(one), await makeKey(one)]
    await sign(other, lost.id)
    await one.perform({ kind: 'destroy', id: lost.id })
    await one.perform({ kind: 'destroy', id: lost.id })
    for (const connection of [one, other]) {
      expect((await failureOf(sign(connection, lost.id))).message).toContain('has no private key with the id')
      await signsAgain(connection, kept.id)
    }
  })

  test('a wrong PIN is tried once, and again when its file was changed', async () => {
    const { id } = await makeKey(connect())
    writeFileSync(token.options.pinFile, '9999')
    const connection = connect()
    const refusal = await failureOf(connection.open())
    expect(refusal).toMatchObject({ code: 'pin_refused' })
    expect(refusal.message).toContain('CKR_PIN_INCORRECT')
    expect(refusal.message).not.toContain('9999')
    await sleep(TIMING.pauseSeconds * 1000)
    // The very same: nothing was asked.
    expect(await failureOf(sign(connection, id))).toBe(refusal)
    writeFileSync(token.options.pinFile, token.pin)
    await signsAgain(connection, id)
  })

  test('a token that is pulled out is an outage, and signs again when it is back', async () => {
    const connection = connect()
    const { id } = await makeKey(connection)
    await sign(connection, id)
    token.pullOut()
    await expect
      .poll(() => resultOf(sign(connection, id)))
      .toBe('The PKCS #11 module has no token that is called "daypass"; it has none.')
    token.putBack()
    await signsAgain(connection, id)
  })

  test('a module that hangs fails whatever waits for it in time, and is started again', async () => {
    const connection = connect()
    const { id } = await makeKey(connection)
    const [pid = 0] = processesOfModules()
    process.kill(pid, 'SIGSTOP')
    const from = performance.now()
    const failures = await Promise.all([failureOf(sign(connection, id)), failureOf(sign(connection, id))])
    expect(performance.now() - from).toBeLessThan(TIMING.actSeconds * 1000 + 1000)
    for (const failure of failures) {
      expect(failure.message).toBe('The PKCS #11 module has not answered for 3 seconds.')
    }
    await signsAgain(connection, id)
    expect(processesOfModules()).not.toContain(pid)
  })

  test('a module that crashes takes only its process along', async () => {
    const connection = connect()
    const { id } = await makeKey(connection)
    const [pid = 0] = processesOfModules()
    process.kill(pid, 'SIGSEGV')
    await expect.poll(() => processesOfModules()).not.toContain(pid)
    await signsAgain(connection, id)
  })

  test('what only a person can mend is said so', async () => {
    chmodSync(token.options.pinFile, 0o644)
    expect(await failureOf(connect().open())).toMatchObject({
      code: 'misconfigured',
      message: `The PIN file ${token.options.pinFile} is open to others: set its mode to 0600.`,
    })
    expect(await failureOf(connect({ pinFile: '/nowhere' }).open())).toMatchObject({
      code: 'misconfigured',
      message: 'The PIN file /nowhere cannot be read (ENOENT).',
    })
    const noModule = await failureOf(connect({ module: '/nowhere.so' }).open())
    expect(noModule).toMatchObject({ code: 'misconfigured' })
    expect(noModule.message).toContain('The PKCS #11 module /nowhere.so cannot be loaded')
    chmodSync(token.options.pinFile, 0o600)
    expect((await failureOf(connect({ token: 'other' }).open())).message).toBe(
      'The PKCS #11 module has no token that is called "other"; it has "daypass".',
    )
  })
})

async function failureOf(act: Promise<unknown>): Promise<TokenError> {
  return act.then(
    () => {
      throw new Error('It went well.')
    },
    (error: TokenError) => error,
  )
}

async function resultOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    ({ message }: TokenError) => message,
  )
}

function publicKeyOf({ modulus, exponent }: PublicNumbers) {
  const jwk = {
    kty: 'RSA',
    n: Buffer.from(modulus).toString('base64url'),
    e: Buffer.from(exponent).toString('base64url'),
  }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** Those that this process started. */
function processesOfModules(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) \S /s, '')
          .split(' ')[0]
        const isOurs = Number(parent) === process.pid
        return isOurs && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('pkcs11/process.ts')
      } catch {
        return false
      }
    })
    .map(Number)
}
