/** The runner's redactor and the server's matcher beside one regular expression of all forms of the secrets. */
import { createHash } from 'node:crypto'
import { fingerprintsOf, newFingerprintKey } from '../../../runner/src/job/fingerprints.ts'
import { createRedactor } from '../../../runner/src/job/redact.ts'
import { formsOf } from '../../../runner/src/job/secret-forms.ts'
import { matcherOf } from '../../../server/src/fingerprints/matcher.ts'
import { type Bench, holdAbove, median, type Verdict } from '../bench.ts'

const MEGABYTES = 20
const GOAL_MB_A_SECOND = 100

/** Three clouds' worth of credentials, of the lengths that they have. */
const SECRETS = [40, 1_100, 1_400, 1_000].map((length, index) => chance(`secret ${index}`, length))

/** As `pulumi up` prints it. */
const LINES = Array.from(
  { length: 200 },
  (_, index) =>
    ` +  aws:s3:BucketObject object-${index} creating (${index}s) [urn=urn:pulumi:prod::shop::aws:s3/bucketObject:BucketObject::object-${chance(`${index}`, 8)}]`,
)

export const benchRedaction: Bench = async function* ({ rounds, progress }): AsyncIterable<Verdict> {
  const lines = manyLines()
  const text = lines.join('\n')
  const redactor = createRedactor(1)
  for (const secret of SECRETS) redactor.add(secret)
  const key = newFingerprintKey((bytes) => Buffer.from(chance('random', bytes)))
  const report = fingerprintsOf(SECRETS, key)
  if (report === undefined) throw new Error('There are no fingerprints.')
  const match = matcherOf([report])
  const pattern = new RegExp(SECRETS.flatMap(formsOf).map(literally).join('|'), 'g')

  const contenders = {
    log: () => lines.map((line) => redactor.redact(line)).length,
    events: () => match(text).length,
    pattern: () => lines.map((line) => line.replace(pattern, '[secret]')).length,
  }
  const rates = { log: [] as number[], events: [] as number[], pattern: [] as number[] }
  for (let round = 0; round <= rounds; round += 1) {
    progress(`round ${round} of ${rounds}`)
    for (const name of ['log', 'events', 'pattern'] as const) {
      const begun = performance.now()
      contenders[name]()
      const rate = MEGABYTES / ((performance.now() - begun) / 1000)
      // The first round is for the compiler.
      if (round > 0) rates[name].push(rate)
    }
  }
  const peer = { value: median(rates.pattern), is: 'one regular expression' }
  for (const name of ['log', 'events'] as const) {
    yield holdAbove(`redaction-${name}`, {
      value: median(rates[name]),
      peer,
      least: GOAL_MB_A_SECOND,
      unit: 'MB/s',
    })
  }
}

function manyLines(): string[] {
  const lines: string[] = []
  for (let bytes = 0; bytes < MEGABYTES * 1_000_000; ) {
    const line = LINES[lines.length % LINES.length] ?? ''
    lines.push(line)
    bytes += line.length + 1
  }
  return lines
}

/** The same in every run. */
function chance(seed: string, length: number): string {
  let text = ''
  for (let block = 0; text.length < length; block += 1)
    text += createHash('sha512').update(`${seed} ${block}`).digest('base64').slice(0, 80)
  return text.slice(0, length)
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
