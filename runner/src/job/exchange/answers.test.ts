/** What a cloud may answer to an exchange, each with each of the three: which is tried again, and what the person is told. */
import { expect, test, vi } from 'vitest'
import { type Reply, spiedServices, startCloud } from './cloud-for-tests.ts'
import { AWS_ROLE, AZURE, CLOUDS, type Cloud, exchangeAt, GOOGLE } from './exchanges-for-tests.ts'

const TRIES = 5

/** An error in each cloud's own shape. */
function answer(cloud: Cloud, status: number, code: string, message: string): Reply {
  if (cloud === 'aws') {
    const body = `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
    return { status, body }
  }
  return { status, body: { error: code, error_description: message } }
}

async function ask(cloud: Cloud, reply: Reply) {
  const { url, asked } = await startCloud([reply])
  const { services, said } = spiedServices()
  const result = await exchangeAt(cloud, url, services)
  if (result.ok) throw new Error('It was granted.')
  return { ...result.failure, tries: asked.length, log: said.join('\n') }
}

const WHERE: Readonly<Record<Cloud, string>> = {
  aws: AWS_ROLE,
  azure: AZURE.clientId,
  google: GOOGLE.providerId,
}

test.each(CLOUDS)('400 and 403 of %s: refused at once, and what to look at is named', async (cloud) => {
  const bad = await ask(cloud, answer(cloud, 400, 'ValidationError', 'Something is wrong.'))
  expect(bad).toMatchObject({ code: `${cloud}_refused`, tries: 1 })
  expect(bad.message).toMatch(/"Something is wrong\."\. (?:Check|Look)/)
  expect(bad.log).toMatch(/\[[a-z_]+\]\nWhat to change: (?:Check|Look)/)
  const denied = await ask(cloud, answer(cloud, 403, 'AccessDenied', 'Not authorized.'))
  expect(denied).toMatchObject({ code: `${cloud}_refused`, tries: 1 })
  expect(denied.message).toContain(WHERE[cloud])
  expect(denied.log).toContain('What to change: ')
})

test.each(CLOUDS)('429 and 500 of %s: tried again, and then said', async (cloud) => {
  for (const [status, code] of [
    [429, 'Throttling'],
    [500, 'InternalFailure'],
  ] as const) {
    const failed = await ask(cloud, answer(cloud, status, code, 'Not now.'))
    expect(failed, String(status)).toMatchObject({ code: `${cloud}_refused`, tries: TRIES })
    expect(failed.log.match(/^Trying again: /gm), String(status)).toHaveLength(TRIES - 1)
    expect(failed.log.endsWith(failed.message)).toBe(true)
  }
})

const RUBBISH: readonly (readonly [string, Reply])[] = [
  ['a page', { status: 200, body: '<html>Sign in to the hotel</html>' }],
  ['a page with an error', { status: 502, body: '<html>Bad gateway</html>' }],
  ['nothing', { status: 200, body: '' }],
  ['JSON of something else', { status: 200, body: { hello: 1 } }],
  ['a list', { status: 200, body: '[]' }],
  ['half an answer', { status: 200, body: '{"access_token": "eyJ' }],
  ['a token that is none', { status: 200, body: { access_token: 7, accessToken: [] } }],
  ['a refusal with nothing in it', { status: 403, body: '' }],
]
test.each(CLOUDS)('rubbish of %s: tried again, and said to be none of its answers', async (cloud) => {
  for (const [name, reply] of RUBBISH) {
    const failed = await ask(cloud, reply)
    expect(failed, name).toMatchObject({ code: `${cloud}_unreachable`, tries: TRIES })
    expect(failed.message, name).toMatch(
      new RegExp(` at http\\S+ answered ${reply.status} without an error that this runner knows\\.$`),
    )
  }
})

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) is followed to nobody: the token would travel',
  async (status) => {
    const elsewhere = await startCloud([{ status: 200, body: {} }])
    for (const cloud of CLOUDS) {
      const failed = await ask(cloud, { status, body: '', headers: { location: elsewhere.url } })
      expect(failed.code).toBe(`${cloud}_unreachable`)
      expect(failed.message).toMatch(
        /does not answer \(unexpected redirect\); check that the runner can reach it\.$/,
      )
    }
    expect(elsewhere.asked).toEqual([])
  },
)

test('a cloud that never answers is left after 20 seconds, each time', async () => {
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  const limits = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 400))
  try {
    for (const cloud of CLOUDS) {
      const { url, asked } = await startCloud(['never'])
      const { services } = spiedServices()
      expect(await exchangeAt(cloud, url, services)).toMatchObject({
        failure: {
          code: `${cloud}_unreachable`,
          message: expect.stringMatching(
            /does not answer \(.*timeout\); check that the runner can reach it\.$/,
          ),
        },
      })
      expect(asked).toHaveLength(TRIES)
    }
    expect(new Set(limits.mock.calls.flat())).toEqual(new Set([20_000]))
  } finally {
    limits.mockRestore()
  }
})

test('a cloud that never ends its answer is left too', async () => {
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  const limits = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 400))
  try {
    for (const cloud of CLOUDS) {
      const { url } = await startCloud(['never ends'])
      const { services } = spiedServices()
      expect(await exchangeAt(cloud, url, services)).toMatchObject({
        failure: { code: `${cloud}_unreachable`, message: expect.stringContaining('does not answer') },
      })
    }
  } finally {
    limits.mockRestore()
  }
})

test('a cloud that answers without end is not read to it', async () => {
  for (const cloud of CLOUDS) {
    const { url } = await startCloud(['floods'])
    const { services } = spiedServices()
    expect(await exchangeAt(cloud, url, services)).toMatchObject({
      failure: { code: `${cloud}_unreachable`, message: expect.stringContaining('answered 200 without') },
    })
  }
})

test('a deployment that is cancelled meanwhile asks nobody any more', async () => {
  for (const cloud of CLOUDS) {
    const cancelled = new AbortController()
    const { url, asked } = await startCloud([{ status: 503, body: 'busy' }])
    const { services } = spiedServices()
    const pause = async (): Promise<void> => cancelled.abort()
    const result = await exchangeAt(cloud, url, { ...services, pause, interrupt: cancelled.signal })
    expect(result.ok).toBe(false)
    expect(asked.length).toBeLessThanOrEqual(2)
  }
})
