// `npm run docs:pictures`: takes the pictures of the console that the README shows from the last run of its tests.
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

const FROM = 'test/pictures'
const TO = 'docs/pictures'
/** By the names that `test/console-story.test.ts` gives them. */
const SHOWN = ['story-deployment', 'story-settings'] as const

await mkdir(TO, { recursive: true })
for (const name of SHOWN) {
  try {
    await copyFile(join(FROM, `${name}.png`), join(TO, `${name}.png`))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nFirst run: npm test -- console-story\n`)
    process.exit(1)
  }
}
process.stdout.write(`Wrote ${SHOWN.length} pictures to ${TO}. Look at them.\n`)
