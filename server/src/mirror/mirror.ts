/**
 * The mirror: where discovery and keys are published, when relying parties cannot reach this server itself.
 *
 * Owns: the two documents as they are written, and what came of publishing them, as a table:
 *
 * | state       | means                                             | seen        | not seen  |
 * |-------------|---------------------------------------------------|-------------|-----------|
 * | `never`     | our documents were never seen there               | `published` | `failing` |
 * | `published` | what we publish was seen there at the last look   | `published` | `failing` |
 * | `failing`   | it could not be written, or not be seen there     | `published` | `failing` |
 *
 * `seen` lets the next key begin its lead; `not seen` takes it back (../issuer/seen). So a publication that fails stops the
 * rotation, and nothing else: no request and no readiness of the server waits for the mirror.
 *
 * Does not own: what the documents say (../issuer), nor how each kind of place is written (`places/`, `pass/`).
 *
 * Files: `target` reads the flag, `places/` write and read, `pass/` exchange a token of our own for their credentials,
 * `publish` is one attempt, `publisher` is the rhythm, the lease and the record.
 */
import { createHash } from 'node:crypto'
import { DISCOVERY_PATH, JWKS_PATH } from '../issuer/discovery.ts'
import type { Issuer } from '../issuer/issuer.ts'

export interface MirrorDocument {
  /** Below the issuer's URL, with a slash. */
  readonly path: string
  readonly body: Buffer
  readonly contentType: string
  readonly cacheControl: string
}

export interface MirrorDocuments {
  /** In the order in which they are written: the keys are there before anything names them. */
  readonly inOrder: readonly [keys: MirrorDocument, discovery: MirrorDocument]
  readonly kids: readonly string[]
  /** SHA-256 over all that is written, in hexadecimal: other documents have another. */
  readonly digest: string
}

export function mirrorDocuments(
  issuer: Pick<Issuer, 'jwks' | 'discovery'>,
  maxAgeSeconds: number,
): MirrorDocuments {
  const document = (path: string, json: object): MirrorDocument => ({
    path,
    body: Buffer.from(JSON.stringify(json)),
    contentType: 'application/json',
    cacheControl: `public, max-age=${maxAgeSeconds}`,
  })
  const keySet = issuer.jwks()
  const inOrder = [document(JWKS_PATH, keySet), document(DISCOVERY_PATH, issuer.discovery())] as const
  const hash = createHash('sha256')
  for (const { path, body, contentType, cacheControl } of inOrder)
    hash.update(JSON.stringify([path, contentType, cacheControl, body.toString()]))
  return { inOrder, kids: keySet.keys.map(({ kid }) => kid), digest: hash.digest('hex') }
}

/** What was found at a path of the mirror. */
export interface HeldDocument {
  readonly body: Buffer
  readonly contentType: string | null
  readonly cacheControl: string | null
}

export interface PublicationFailure {
  readonly code: PublicationFailureCode
  /** HTTP status of the refusal, where there was one. */
  readonly status?: number | undefined
  /** What happened, and what whoever runs the server can do. */
  readonly message: string
}

export type PublicationFailureCode =
  | 'pass_not_issued'
  | 'pass_refused'
  | 'target_unreachable'
  | 'target_refused'
  | 'read_back_differs'
  | 'issuer_url_differs'
  | 'kept_too_long'
  | 'by_hand'

/** Carries a failure up to the attempt, which makes a value of it. */
export class PublishError extends Error {
  override readonly name = 'PublishError'
  readonly code: PublicationFailureCode
  /** HTTP status of the refusal, where there was one. */
  readonly status: number | undefined

  constructor(code: PublicationFailureCode, message: string, status?: number) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** Where documents are written, opened with credentials that are good for a while. */
export interface Place {
  /** @returns undefined when nothing is there. @throws {PublishError} */
  read(path: string, signal: AbortSignal): Promise<HeldDocument | undefined>
  /** Replaces it as a whole: nobody reads half of it. @throws {PublishError} */
  write(document: MirrorDocument, signal: AbortSignal): Promise<void>
  /** Whether it answers with the headers that were written with a document. */
  readonly keepsHeaders: boolean
  /** When its credentials end. Undefined: never. */
  readonly goodUntil: Date | undefined
}

/** @throws {PublishError} when the credentials cannot be had. */
export type OpenPlace = (signal: AbortSignal) => Promise<Place>

export type MirrorState = 'never' | 'published' | 'failing'

export function mirrorState(row: {
  readonly seenAt: Date | null
  readonly failingSince: Date | null
}): MirrorState {
  if (row.failingSince !== null) return 'failing'
  return row.seenAt === null ? 'never' : 'published'
}

const LONGEST_RETRY_SECONDS = 300
const LONGEST_LOOK_SECONDS = 120
/** Of the time by which several servers, or several installations at one store, would do it at the same moment. */
const SPREAD = 0.25

/** When to look again after it was seen: several times in the lead of a key, so that an altered one does not sign. */
export function nextLookSeconds(leadSeconds: number, random: number): number {
  return spread(Math.min(LONGEST_LOOK_SECONDS, leadSeconds / 4), random)
}

/** @param failures In a row, this one included. */
export function nextTrySeconds(failures: number, random: number): number {
  return spread(Math.min(LONGEST_RETRY_SECONDS, 2 ** failures), random)
}

/** @param random From 0 to below 1. */
function spread(seconds: number, random: number): number {
  return seconds * (1 - SPREAD + 2 * SPREAD * random)
}
