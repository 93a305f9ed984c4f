/**
 * One attempt to publish: look, write what differs, read it back byte for byte.
 *
 * Seen means: the place holds our documents, and the issuer's URL answers them to this server. From where that URL cannot be
 * reached (a server without a way out to the internet), what the place holds decides alone.
 */
import { ask } from './ask.ts'
import {
  type HeldDocument,
  type MirrorDocument,
  type MirrorDocuments,
  type OpenPlace,
  type Place,
  type PublicationFailure,
  PublishError,
} from './mirror.ts'

export interface PublishOptions {
  readonly documents: MirrorDocuments
  readonly issuerUrl: string
  readonly leadSeconds: number
  readonly open: OpenPlace
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
  /** Were these documents seen before, a look from outside is enough as long as they still are. */
  readonly seenBefore: boolean
}

export type Published =
  | { readonly ok: true; readonly seenBy: 'issuer-url' | 'target'; readonly written: readonly string[] }
  | { readonly ok: false; readonly failure: PublicationFailure }

/** @throws what is no failure of the mirror. */
export async function publish(options: PublishOptions): Promise<Published> {
  try {
    return await attempt(options)
  } catch (error) {
    if (error instanceof PublishError)
      return { ok: false, failure: { code: error.code, message: error.message, status: error.status } }
    throw error
  }
}

async function attempt(options: PublishOptions): Promise<Published> {
  const { open, signal, seenBefore } = options
  if (seenBefore && (await lookFromOutside(options)) === 'seen')
    return { ok: true, seenBy: 'issuer-url', written: [] }
  const written = await writeWhatDiffers(options, await open(signal))
  const outside = await lookFromOutside(options)
  if (typeof outside === 'object') throw outside
  return { ok: true, seenBy: outside === 'seen' ? 'issuer-url' : 'target', written }
}

async function writeWhatDiffers(
  { documents, signal }: PublishOptions,
  place: Place,
): Promise<readonly string[]> {
  const written: string[] = []
  for (const document of documents.inOrder) {
    const held = await place.read(document.path, signal)
    if (held && isSame(document, held, place.keepsHeaders)) continue
    await place.write(document, signal)
    const readBack = await place.read(document.path, signal)
    if (!readBack?.body.equals(document.body)) throw readBackDiffers(document)
    written.push(document.path)
  }
  return written
}

function isSame(document: MirrorDocument, held: HeldDocument, keepsHeaders: boolean): boolean {
  if (!held.body.equals(document.body)) return false
  return (
    !keepsHeaders ||
    (held.contentType === document.contentType && held.cacheControl === document.cacheControl)
  )
}

/** @returns What keeps relying parties from reading our documents, when they can be asked for and are not ours. */
async function lookFromOutside(options: PublishOptions): Promise<'seen' | 'unreachable' | PublishError> {
  const { documents, issuerUrl, leadSeconds, fetch, signal } = options
  for (const { path, body } of documents.inOrder) {
    const url = `${issuerUrl}${path}`
    const answer = await ask(fetch, url, { url }, signal).catch((error: unknown) => {
      if (error instanceof PublishError && error.code === 'target_unreachable' && !signal.aborted)
        return undefined
      throw error
    })
    if (answer === undefined) return 'unreachable'
    if (answer.status !== 200 || !answer.body.equals(body)) return outsideDiffers(url, answer.status)
    const maxAge = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(answer.headers.get('cache-control') ?? '')?.[1]
    if (Number(maxAge ?? 0) > leadSeconds) return keptTooLong(url, Number(maxAge), leadSeconds)
  }
  return 'seen'
}

function readBackDiffers({ path }: MirrorDocument): PublishError {
  return new PublishError(
    'read_back_differs',
    `What was written as ${path} is read back otherwise: something else writes there, or alters what is written.`,
  )
}

function outsideDiffers(url: string, status: number): PublishError {
  const what = status === 200 ? 'other bytes than what was published' : `${status}`
  return new PublishError(
    'issuer_url_differs',
    `${url} answers ${what}, though the target holds it. A cache in between may still keep what was there; otherwise check that the issuer's URL serves the target, to everybody.`,
  )
}

function keptTooLong(url: string, maxAgeSeconds: number, leadSeconds: number): PublishError {
  return new PublishError(
    'kept_too_long',
    `${url} may be kept for ${maxAgeSeconds} seconds by what the mirror answers, but a key signs ${leadSeconds} seconds after it was seen. Raise --key-lead-seconds, or lower max-age at the mirror.`,
  )
}
