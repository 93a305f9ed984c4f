import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'
import { fromBase64, openBound, openEnvironment, type SealContext, sealOne, sealSettings } from './seal.ts'
import type { DraftSettings, GitAuth, StoredSettings, StoredValue } from './settings.ts'

let world: World
let context: SealContext
let other: SealContext
beforeAll(async () => {
  world = await createWorld()
  const of = async (name: string): Promise<SealContext> => ({
    secrets: world.secrets,
    tx: world.database.db,
    stackId: await world.addStack(name),
  })
  context = await of('one')
  other = await of('two')
})
afterAll(() => world.close())

const seal = async (draft: DraftSettings, where = context) => {
  const sealed = await sealSettings(where, draft)
  if ('reason' in sealed) throw new Error(sealed.message)
  return sealed
}
const refusalOf = async (draft: DraftSettings, where = context) => {
  const sealed = await sealSettings(where, draft)
  return 'reason' in sealed ? sealed : undefined
}
const variables = (
  environmentVariables: Record<string, string | { secret: string } | { ciphertext: string }>,
) => ({
  operationContext: { environmentVariables },
})
const repository = (
  repoUrl: string | undefined,
  gitAuth: GitAuth<StoredValue | { secret: string }>,
): DraftSettings => ({
  sourceContext: { git: { ...(repoUrl !== undefined && { repoUrl }), gitAuth } },
})
const authOf = (settings: StoredSettings): GitAuth<StoredValue> | undefined =>
  settings.sourceContext?.git?.gitAuth
const sealedOf = (value: StoredValue | undefined): string => {
  if (typeof value !== 'object') throw new Error('not sealed')
  return value.ciphertext
}

test('variables are sealed and come back in order', async () => {
  const { settings, notes } = await seal(
    variables({ A: 'plain', B: { secret: 'bee' }, C: { secret: '' }, D: 'd' }),
  )
  expect(notes).toEqual([])
  expect(JSON.stringify(settings)).not.toContain('bee')
  expect(await openEnvironment(context, settings)).toEqual([
    { name: 'A', value: 'plain', secret: false },
    { name: 'B', value: 'bee', secret: true },
    { name: 'C', value: '', secret: true },
    { name: 'D', value: 'd', secret: false },
  ])
})

test('a ciphertext is kept to the letter where it belongs, and refused everywhere else', async () => {
  const { settings } = await seal(variables({ B: { secret: 'bee' } }))
  const kept = settings.operationContext?.environmentVariables?.['B']
  const ciphertext = sealedOf(kept)
  expect((await seal(variables({ X: { ciphertext } }))).settings).toEqual(variables({ X: { ciphertext } }))
  expect(await refusalOf(variables({ X: { ciphertext } }), other)).toMatchObject({
    status: 400,
    reason: 'ciphertext_not_ours',
  })
  const asToken = repository('https://g.example/r', { accessToken: { ciphertext } })
  expect(await refusalOf(asToken)).toMatchObject({ reason: 'ciphertext_not_ours' })
  const bytes = fromBase64(ciphertext)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  expect(await refusalOf(variables({ X: { ciphertext: bytes.toString('base64') } }))).toBeDefined()
})

test('a git credential or a secret of the state is no variable', async () => {
  const { settings } = await seal(repository('https://g.example/r', { accessToken: { secret: 'tok' } }))
  const ciphertext = sealedOf(authOf(settings)?.accessToken)
  expect(await refusalOf(variables({ X: { ciphertext } }))).toMatchObject({ reason: 'ciphertext_not_ours' })
  const state = await world.secrets.seal(world.database.db, context.stackId, 'state', Buffer.from('x'))
  expect(await refusalOf(variables({ X: { ciphertext: state.toString('base64') } }))).toBeDefined()
})

test('git credentials stay with scheme, host and port', async () => {
  const { settings } = await seal(
    repository('https://git.example.com/a', {
      accessToken: { secret: 'a token in clear' },
      basicAuth: { userName: 'me', password: { secret: 'a word in clear' } },
    }),
  )
  const gitAuth = authOf(settings) ?? {}
  expect(JSON.stringify(gitAuth)).not.toContain('in clear')
  expect(await openBound(context, 'git', sealedOf(gitAuth.accessToken))).toEqual({
    origin: 'https://git.example.com:443',
    value: 'a token in clear',
  })
  for (const same of ['https://git.example.com/b', 'https://GIT.example.com:443/c']) {
    const again = await seal(repository(same, gitAuth))
    expect(authOf(again.settings)).toEqual(gitAuth)
    expect(again.notes).toEqual([])
  }
  for (const moved of [
    'http://git.example.com/a',
    'https://git.example.com:444/a',
    'https://evil.example/a',
    'git@git.example.com:a',
  ]) {
    const again = await seal(repository(moved, gitAuth))
    expect(authOf(again.settings)).toBeUndefined()
    expect(again.notes).toHaveLength(1)
    expect(again.notes[0]).toContain('belong to https://git.example.com:443')
  }
})

test('credentials of two origins cannot be mixed: what is new stays, what is old goes', async () => {
  const before = await seal(
    repository('https://a.example/r', {
      accessToken: { secret: 'old' },
      basicAuth: { userName: { secret: 'u' }, password: { secret: 'p' } },
    }),
  )
  const old = authOf(before.settings)
  const mixed = repository('https://b.example/r', {
    accessToken: { secret: 'new' },
    basicAuth: { userName: old?.basicAuth?.userName ?? '', password: { secret: 'p2' } },
  })
  const { settings, notes } = await seal(mixed)
  expect(Object.keys(authOf(settings) ?? {})).toEqual(['accessToken'])
  expect(await openBound(context, 'git', sealedOf(authOf(settings)?.accessToken))).toMatchObject({
    value: 'new',
  })
  expect(notes).toHaveLength(1)
})

test('credentials without a repository are dropped with it', async () => {
  const { settings } = await seal(repository('https://a.example/r', { accessToken: { secret: 'old' } }))
  const gone = await seal(repository(undefined, authOf(settings) ?? {}))
  expect(gone.settings).toEqual({})
  expect(gone.notes[0]).toContain('no repository URL any more')
})

test('a username without a password has an empty one', async () => {
  const draft = {
    sourceContext: { git: { repoUrl: 'https://a.example/r', gitAuth: { basicAuth: { userName: 'me' } } } },
  }
  const { settings } = await seal(draft as unknown as DraftSettings)
  const password = authOf(settings)?.basicAuth?.password
  expect(await openBound(context, 'git', sealedOf(password))).toMatchObject({ value: '' })
})

test('an image’s password stays with its registry', async () => {
  const image = (reference: string, password: StoredValue | { secret: string }): DraftSettings => ({
    executorContext: { executorImage: { reference, credentials: { username: 'u', password } } },
  })
  const { settings } = await seal(image('r.example/a', { secret: 'pw' }))
  const kept = settings.executorContext?.executorImage?.credentials?.password ?? ''
  expect((await seal(image('r.example/b', kept))).notes).toEqual([])
  const moved = await seal(image('evil.example/a', kept))
  expect(moved.settings).toEqual({ executorContext: { executorImage: { reference: 'evil.example/a' } } })
  expect(moved.notes[0]).toContain('r.example')
})

test('one value is sealed as a variable', async () => {
  const sealed = await sealOne(context, { secret: 'x' })
  if (typeof sealed === 'string' || !('ciphertext' in sealed)) throw new Error('not sealed')
  expect((await seal(variables({ A: sealed }))).settings).toEqual(variables({ A: sealed }))
  expect(await sealOne(other, sealed)).toMatchObject({ reason: 'ciphertext_not_ours' })
})
