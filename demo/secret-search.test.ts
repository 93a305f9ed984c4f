import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Place, searchForSecrets } from './secret-search.ts'
import { tablesOf } from './tables.ts'

const secret = { name: 'session', value: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

async function* placed(...texts: (string | Buffer)[]): AsyncIterable<Place> {
  for (const [index, text] of texts.entries()) yield { name: `place ${index}`, bytes: Buffer.from(text) }
}

const encoded: [string, string][] = [
  ['raw', `key=${secret.value};`],
  ['percent', `?key=${encodeURIComponent(secret.value)}`],
  ['hex', `\\x${Buffer.from(`a${secret.value}b`).toString('hex')}`],
  ['base64', Buffer.from(secret.value).toString('base64')],
  ['base64 of a text around it', Buffer.from(`xy${secret.value}-tail`).toString('base64')],
  ['base64 of another text around it', Buffer.from(`x${secret.value}!`).toString('base64')],
  ['base64url', Buffer.from(`{"k":"${secret.value}"}`).toString('base64url')],
]

test.each(encoded)('a secret is found %s', async (_name, text) => {
  const { findings } = await searchForSecrets([secret], [], placed('nothing', text))
  expect(findings.map((finding) => finding.place)).toContain('place 1')
})

test('a secret inside a compressed chunk of state is found', async () => {
  const database = {
    query: async (text: string) =>
      text.includes('pg_tables')
        ? { rows: [{ name: 'state_chunks' }] }
        : { rows: [{ state_id: 1, body: gzipSync(`{"outputs":{"k":"${secret.value}"}}`) }] },
  }
  const { findings } = await searchForSecrets([secret], [], tablesOf(database))
  expect(findings[0]).toMatchObject({ secret: 'session', encoding: 'raw', place: 'table state_chunks' })
})

test('a clean place yields nothing, and a marker that is nowhere is told', async () => {
  const result = await searchForSecrets(
    [secret],
    ['arn:aws', 'not there'],
    placed('arn:aws:iam', secret.value.slice(4)),
  )
  expect(result).toMatchObject({ findings: [], missingMarkers: ['not there'] })
})
