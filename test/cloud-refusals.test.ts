/**
 * What each of the three clouds says to every bad token and to an issuer in trouble, and what the runner makes of it: the
 * strict local clouds, asked over HTTP by the exchange that deployments use.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { SUBJECT } from '../local-clouds/src/issuer/issuer-for-tests.ts'
import { CLOUDS, type Cloud } from '../runner/src/job/exchange/exchanges-for-tests.ts'
import { badTokens, FAULTS, type Fault } from './harness/bad-tokens.ts'
import { startTrustingClouds, type TrustingClouds } from './harness/trusting-clouds.ts'

/** How far the clocks are from this machine's, in seconds. */
let issuerOff = 0
let cloudsOff = 0
const after = (seconds: number): Date => new Date(Date.now() + seconds * 1000)
const CLOCKS = { now: () => after(issuerOff), cloudNow: () => after(cloudsOff) }
/** Time passes for all of them while the runner waits. */
const pause = async (seconds: number): Promise<void> => {
  issuerOff += seconds
  cloudsOff += seconds
}

let world: TrustingClouds
beforeAll(async () => {
  world = await startTrustingClouds(CLOCKS)
})
afterAll(() => world.close())
afterEach(() => {
  issuerOff = 0
  cloudsOff = 0
  vi.restoreAllMocks()
})

describe('bad tokens', () => {
  const KINDS = {
    forged: [
      'algorithm none',
      'algorithm none in other letters',
      'HS256 with the public key',
      'no key id',
      'a key of another issuer',
      'a key that it brings along',
      'an altered header',
      'altered claims',
      'an altered signature',
    ],
    keyUnknown: ['an unknown key'],
    expired: ['expired'],
    tooEarly: ['not valid yet', 'issued in the future'],
    audience: ['another audience'],
    audienceCase: ['an audience in other letters'],
    audienceList: ['an audience in a list', 'an audience among others'],
    issuer: ['an issuer with a slash'],
    unreadable: ['a subject twice, a false one last', 'a subject twice, a false one first'],
    tooLarge: ['a megabyte'],
  } satisfies Record<string, readonly Fault[]>
  type Kind = keyof typeof KINDS

  /** What is told; undefined: it is let in, for it reads any audience of a list (RFC 7519, section 4.1.3). */
  const WORDS: Readonly<Record<Cloud, Readonly<Record<Kind, RegExp | undefined>>>> = {
    aws: {
      forged: /AWS did not accept the token: .* Check that http\S+ serves the keys of this very server\./,
      keyUnknown:
        /AWS could not get the key .* Make http\S+ and the key set it names answer .*rotated just now/,
      expired: /AWS found the token expired .* Set the clocks right/,
      tooEarly: /AWS found the token not valid yet .* Set the clocks right/,
      audience: /has only "acme", .* Run: aws iam add-client-id-to-open-id-connect-provider/,
      audienceCase: /"acme", but the token's is "ACME": AWS compares case too\. Run: aws iam add-client-id/,
      audienceList: undefined,
      issuer: /lacks the trailing slash; .* Register the provider with the URL/,
      unreadable: /AWS did not accept the token: "The ID Token provided is not a valid JWT/,
      tooLarge: /too large/,
    },
    azure: {
      forged: /Entra does not know the key that signed the token.* wait until the former list has expired/,
      keyUnknown:
        /Entra does not know the key that signed the token.* wait until the former list has expired/,
      expired: /not valid at this moment, by the clock of Entra\. Set the clock/,
      tooEarly: /not valid at this moment, by the clock of Entra\. Set the clock/,
      audience: /has the audience "acme", but the token's is .* Give it the audience/,
      audienceCase: /Azure compares case too\. Give it the audience "ACME"/,
      audienceList: /has the audience "acme", but the token's is .* Give it the audience/,
      issuer: /lacks the trailing slash; .* Give it the issuer/,
      unreadable: /Entra could not read the token\. Please report this/,
      tooLarge: /Entra refused the token: "Too large\."/,
    },
    google: {
      forged: /Google does not know the key that signed the token.* wait until the former list has expired/,
      keyUnknown:
        /Google does not know the key that signed the token.* wait until the former list has expired/,
      expired: /not valid at this moment, by the clock of Google\. Set the clock/,
      tooEarly: /not valid at this moment, by the clock of Google\. Set the clock/,
      audience:
        /allows the audience "acme", .* Run: gcloud iam workload-identity-pools providers update-oidc/,
      audienceCase: /Google compares case too\. Run: gcloud iam .* --allowed-audiences=ACME/,
      audienceList: undefined,
      issuer: /lacks the trailing slash; .* Run: gcloud iam .* --issuer-uri=/,
      unreadable: /Google could not read the token\. Please report this/,
      tooLarge: /Google refused the token: "Too large\."/,
    },
  }

  test('the table is whole', () => {
    expect(Object.values(KINDS).flat().toSorted()).toEqual([...FAULTS].toSorted())
  })

  test.each(CLOUDS)('%s lets in the good one, and says what is wrong with each bad one', async (cloud) => {
    const { issuer, refusal } = world
    expect(await refusal(cloud, () => issuer.token())).toBeUndefined()
    const bad = await badTokens(issuer.signer(), issuer.claims())
    for (const [kind, faults] of Object.entries(KINDS) as [Kind, readonly Fault[]][]) {
      const words = WORDS[cloud][kind]
      for (const fault of faults) {
        const refused = await refusal(cloud, async () => bad[fault])
        if (words === undefined) expect(refused, fault).toBeUndefined()
        else {
          expect(refused, fault).toMatchObject({
            code: `${cloud}_refused`,
            message: expect.stringMatching(words),
          })
          expect(refused?.log, fault).not.toContain(bad[fault])
        }
      }
    }
  })
})

describe('clocks that are ten minutes apart', () => {
  test.each(CLOUDS)('%s behind, and ahead: how much and whose is said', async (cloud) => {
    const token = () => world.issuer.token()
    cloudsOff = 600
    const behind = await world.refusal(cloud, token)
    const said =
      'The clock of the Daypass server is 10 minutes behind the cloud’s: set it by a time server (NTP).'
    expect(behind).toMatchObject({ code: `${cloud}_refused`, message: expect.stringContaining(said) })
    expect(behind?.log).toContain(said)
    cloudsOff = -600
    expect(await world.refusal(cloud, token)).toMatchObject({
      message: expect.stringContaining('is 10 minutes ahead of the cloud’s: set it'),
    })
    cloudsOff = 30
    expect(await world.refusal(cloud, token)).toBeUndefined()
  })
})

describe('an issuer in trouble', () => {
  const UNREACHABLE: Readonly<Record<Cloud, RegExp>> = {
    aws: /AWS could not reach the issuer .* within 5 seconds/,
    azure: /Entra could not fetch the keys of .* See that http\S+ answers from the internet/,
    google: /Google could not fetch the keys of .* or upload the keys to the provider/,
  }
  /** Caches of the shared world would answer for it. */
  async function fresh(): Promise<TrustingClouds> {
    const own = await startTrustingClouds(CLOCKS)
    own.issuer.serves.cacheControl = 'no-store'
    return own
  }

  test('that is slow is not waited for, and the five seconds are named', async () => {
    const { issuer, refusal, close } = await fresh()
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const limits = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 20))
    issuer.serves.delayMs = 10_000
    const refused = await Promise.all(CLOUDS.map((cloud) => refusal(cloud, () => issuer.token(), { pause })))
    refused.forEach((one, at) => {
      expect(one?.message).toMatch(UNREACHABLE[CLOUDS[at] as Cloud])
    })
    expect(limits).toHaveBeenCalledWith(5_000)
    await close()
  })

  test.each(CLOUDS)('that is gone: %s says so, and lets in as soon as it is back', async (cloud) => {
    const { issuer, refusal, close } = await fresh()
    let waited = 0
    const backAfterTwo = async (seconds: number): Promise<void> => {
      await pause(seconds)
      waited += 1
      if (waited === 2) issuer.serves.status = 200
    }
    issuer.serves.status = 503
    expect(await refusal(cloud, () => issuer.token(), { pause: backAfterTwo })).toBeUndefined()
    const token = await issuer.token()
    await issuer.close()
    expect((await refusal(cloud, async () => token, { pause }))?.message).toMatch(UNREACHABLE[cloud])
    await close()
  })

  test.each(CLOUDS)('that sends elsewhere is not followed by %s', async (cloud) => {
    const { issuer, refusal, close } = await fresh()
    Object.assign(issuer.serves, { status: 302, location: `${issuer.url}/elsewhere` })
    expect((await refusal(cloud, () => issuer.token()))?.message).toMatch(UNREACHABLE[cloud])
    expect(issuer.asked.every((path) => path.endsWith('/.well-known/openid-configuration'))).toBe(true)
    await close()
  })

  test.each(CLOUDS)(
    'that changed its key without notice: %s looks again, and forgets the old one',
    async (cloud) => {
      const { issuer, refusal, close } = await fresh()
      issuer.serves.cacheControl = 'public, max-age=300'
      const before = await issuer.token({ exp: issuer.claims().iat + 3600 })
      expect(await refusal(cloud, async () => before)).toBeUndefined()
      issuer.serves.jwks.keys.length = 0
      await issuer.rotate()
      // The new one at a second try at the latest; the old one is believed no longer than the list may be kept.
      expect(await refusal(cloud, () => issuer.token(), { pause })).toBeUndefined()
      await pause(301)
      expect(await refusal(cloud, async () => before)).toMatchObject({ code: `${cloud}_refused` })
      await close()
    },
  )

  test.each(CLOUDS)('whose key is another under the same id is not believed by %s', async (cloud) => {
    const { issuer, refusal, close } = await fresh()
    const kid = issuer.signer().kid
    await issuer.rotate({ published: false })
    expect(await refusal(cloud, () => issuer.token({}, { kid }))).toMatchObject({ code: `${cloud}_refused` })
    await close()
  })
})

test('a subject of 127 bytes is let in by all, one of 128 by all but Google, which says what to map instead', async () => {
  const padded = (bytes: number): string =>
    SUBJECT.replace(':web:', `:${'w'.repeat(bytes - SUBJECT.length + 3)}:`)
  for (const bytes of [127, 128]) {
    const sub = padded(bytes)
    expect(Buffer.byteLength(sub)).toBe(bytes)
    const { issuer, refusal, close } = await startTrustingClouds({ ...CLOCKS, subject: sub })
    for (const cloud of CLOUDS) {
      const refused = await refusal(cloud, () => issuer.token({ sub }))
      if (bytes === 127 || cloud !== 'google') expect(refused, cloud).toBeUndefined()
      else
        expect(refused?.message).toMatch(
          /would have 128 bytes, and Google takes at most 127: .* gcloud .*google\.subject=assertion\.stackId/,
        )
    }
    await close()
  }
})
