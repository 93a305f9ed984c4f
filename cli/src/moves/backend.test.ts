import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { otherBackend } from './backend.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'daypass-backend-'))
  await writeFile(
    join(home, 'credentials.json'),
    JSON.stringify({ accessTokens: { 'https://api.pulumi.com': 'pul-kept' } }),
  )
})
afterAll(() => rm(home, { recursive: true }))

test('a file backend is named from the root, for the CLI runs in another folder', async () => {
  expect(await otherBackend('file://./states', {}, {})).toMatchObject({
    url: `file://${resolve('states')}`,
    kind: 'diy',
  })
  expect(await otherBackend('file:///srv/states', {}, {})).toMatchObject({ url: 'file:///srv/states' })
  expect(await otherBackend('file://~/states', {}, {})).toMatchObject({ url: 'file://~/states' })
})

test('a service is entered with the token that its login kept', async () => {
  const kept = await otherBackend('https://api.pulumi.com/', {}, { PULUMI_HOME: home })
  expect(kept).toEqual({ url: 'https://api.pulumi.com', kind: 'service', token: 'pul-kept' })
  await expect(otherBackend('https://other.example.com', {}, { PULUMI_HOME: home })).rejects.toThrow(
    /pulumi login https:\/\/other\.example\.com/,
  )
})

test.each([
  's3://user:hush@bucket',
  'postgres://user:hush@host/db',
  'https://user:hush@host',
  'azblob://b?password=hush',
])('%s holds a password and is refused without repeating it', async (url) => {
  const refused = otherBackend(url, {}, {})
  await expect(refused).rejects.toThrow(/password/)
  await expect(refused).rejects.not.toThrow(/hush/)
})

test.each(['dev', 'ftp://host', 'https://app.pulumi.com'])('%s is no backend', async (url) => {
  await expect(otherBackend(url, {}, {})).rejects.toMatchObject({ exitCode: 2 })
})
