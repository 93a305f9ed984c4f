/** The flags of the keys that sign: when they are followed by others, and where relying parties read them. */
import { type MirrorTarget, readMirrorTarget } from './mirror/target.ts'
import { StartRefusal } from './start-refusal.ts'

export interface KeyConfig {
  readonly keyRotation: {
    /** Undefined: only when an admin says so. */
    readonly everySeconds: number | undefined
    readonly leadSeconds: number
    /** How long relying parties may keep the published ones. */
    readonly maxAgeSeconds: number
    /** A key signs a lead after it was seen at the mirror. */
    readonly awaitsPublication: boolean
  }
  /** Where discovery and keys are written. Undefined: relying parties read this server. */
  readonly publishKeysTo: MirrorTarget | undefined
}

export const KEY_OPTIONS = {
  'rotate-keys-days': { type: 'string' },
  'key-lead-seconds': { type: 'string' },
  'jwks-max-age-seconds': { type: 'string' },
  'publish-keys-to': { type: 'string' },
} as const

export const KEY_HELP = `  --rotate-keys-days <days>  let another key sign after so many days (90; 0: only when an admin says so, which is
                             what holds without a word when --issuer-url is not below the base URL and the server
                             publishes nowhere else)
  --key-lead-seconds <n>     publish a key so long before it signs (600); at least the next one
  --jwks-max-age-seconds <n> how long relying parties may keep the published keys (300)
  --publish-keys-to <place>  write discovery and keys where relying parties read them that cannot reach this server:
                             a folder, by-hand, https://…, s3://…, gs://… or azure://… with options, as
                             docs/private-networks.md says; --issuer-url is then the address of that place
`

type Flag = keyof typeof KEY_OPTIONS

/** @param isOurs The issuer's URL is below the base URL. @throws {StartRefusal} */
export function readKeys(
  given: Readonly<Partial<Record<Flag, string>>>,
  { isOurs }: { readonly isOurs: boolean },
): KeyConfig {
  const read = (flag: Flag, limit: { readonly standard: number; readonly least: number; most: number }) =>
    readNumber(flag, given[flag], limit)
  const seconds = (flag: Flag, standard: number) => read(flag, { standard, least: 1, most: 604_800 })
  const publishKeysTo = readPublishKeysTo(given['publish-keys-to'], isOurs)
  const maxAgeSeconds = seconds('jwks-max-age-seconds', 300)
  const leadSeconds = seconds('key-lead-seconds', Math.max(600, maxAgeSeconds))
  if (leadSeconds < maxAgeSeconds) {
    throw new StartRefusal(
      `--key-lead-seconds must be at least ${maxAgeSeconds}, as long as relying parties may keep the keys that they fetched (--jwks-max-age-seconds), not ${leadSeconds}.`,
    )
  }
  // Where somebody else serves our keys, nobody there would learn of a new one by itself, unless we publish there.
  const isPublished = isOurs || (publishKeysTo !== undefined && publishKeysTo.kind !== 'by-hand')
  const days = read('rotate-keys-days', { standard: isPublished ? 90 : 0, least: 0, most: 3_650 })
  return {
    keyRotation: {
      everySeconds: days === 0 ? undefined : days * 86_400,
      leadSeconds,
      maxAgeSeconds,
      awaitsPublication: publishKeysTo !== undefined,
    },
    publishKeysTo,
  }
}

/** What this server answers itself would always be seen, also when nothing was written. */
function readPublishKeysTo(given: string | undefined, isOurs: boolean): MirrorTarget | undefined {
  if (given === undefined) return undefined
  const target = readMirrorTarget(given)
  if (isOurs) {
    throw new StartRefusal(
      '--publish-keys-to needs --issuer-url: the address of the mirror, where relying parties read what is written there.',
    )
  }
  return target
}

function readNumber(
  flag: Flag,
  given: string | undefined,
  { standard, least, most }: { readonly standard: number; readonly least: number; readonly most: number },
): number {
  if (given === undefined) return standard
  const value = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN
  if (value >= least && value <= most) return value
  throw new StartRefusal(`--${flag} must be a number from ${least} to ${most}, not ${JSON.stringify(given)}.`)
}
