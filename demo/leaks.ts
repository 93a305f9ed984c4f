/** The last line of the demo: is any credential of the run kept anywhere? */
import { join } from 'node:path'
import pg from 'pg'
import { filesBelow, type Place, type Secret, searchForSecrets } from './secret-search.ts'
import { tablesOf } from './tables.ts'
import type { Daypass } from './world.ts'

export interface Leak {
  readonly summary: string
  readonly holds: boolean
}

/**
 * Searches the database, the state, the logs, the data folder and what the processes wrote.
 *
 * @param credentials Seen at the cloud's door. With none the search would prove nothing, so that is a failure.
 * @param marker A text that must be found, or the search itself is broken.
 */
export async function lookForLeaks(
  daypass: Daypass,
  credentials: readonly Secret[],
  marker: string,
): Promise<Leak> {
  const database = new pg.Client({
    host: join(daypass.dataFolder, 'postgres'),
    user: 'daypass',
    database: 'daypass',
  })
  await database.connect()
  try {
    const secrets = [...credentials, ...signingHeaders(credentials)]
    const result = await searchForSecrets(secrets, [marker], everywhere(daypass, database))
    const found = result.findings.map(({ secret, encoding, place }) => `${secret} (${encoding}) in ${place}`)
    if (result.missingMarkers.length > 0)
      return { summary: 'unknown: the search found not even the role', holds: false }
    if (credentials.length < 3)
      return { summary: 'unknown: the cloud gave no credentials to search for', holds: false }
    const megabytes = Math.round(result.searchedBytes / 1e6)
    const searched = `${credentials.length} credentials of this run searched for, raw and encoded, in ${megabytes} MB`
    return found.length === 0
      ? { summary: `0 (${searched})`, holds: true }
      : { summary: `${found.length}: ${found.join('; ')}`, holds: false }
  } finally {
    await database.end()
  }
}

/** All tokens of one key begin alike: so a token is found that never came to the cloud, such as the job's own. */
function signingHeaders(credentials: readonly Secret[]): Secret[] {
  const headers = new Set(
    credentials.filter(({ name }) => name === 'ID token').map(({ value }) => `${value.split('.')[0]}.eyJ`),
  )
  return [...headers].map((value) => ({ name: 'a token signed by our key', value }))
}

async function* everywhere(daypass: Daypass, database: pg.Client): AsyncIterable<Place> {
  yield* tablesOf(database)
  yield* filesBelow(daypass.dataFolder)
  yield { name: 'what the processes printed', bytes: Buffer.from(daypass.errors()) }
}
