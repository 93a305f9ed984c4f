/**
 * Opens the place that the flag names, with a fresh day pass of our own; what was opened is used until its credentials end.
 *
 * It is kept for a second reason: a revocation takes the key out of what is published that signed our pass, and the new key
 * is believed by nobody before it is published. Only what was opened before can publish that.
 */
import { StartRefusal } from '../start-refusal.ts'
import { type OpenPlace, type Place, PublishError } from './mirror.ts'
import { awsPass } from './pass/aws.ts'
import { azurePass } from './pass/azure.ts'
import { googlePass } from './pass/google.ts'
import type { PassServices } from './pass/pass.ts'
import { azurePlace } from './places/azure-blob.ts'
import { byHandPlace } from './places/by-hand.ts'
import { folderPlace } from './places/folder.ts'
import { googlePlace } from './places/google-storage.ts'
import { putPlace } from './places/http-put.ts'
import { readPrivateHeader } from './places/private-header.ts'
import { s3Place } from './places/s3.ts'
import type { MirrorTarget } from './target.ts'

/** Not used in their last minute. */
const MARGIN_MS = 60_000

export interface KeptPlace {
  readonly open: OpenPlace
  /** What was opened is refused: another one is opened, if that can be had. @returns Whether it was an old one. */
  readonly distrust: () => boolean
}

export function keptPlace(openAnew: OpenPlace, now: () => Date): KeptPlace {
  let kept: Place | undefined
  let distrusted = false
  let isOld = false
  const isGood = ({ goodUntil }: Place): boolean =>
    goodUntil === undefined || goodUntil.getTime() - MARGIN_MS > now().getTime()
  return {
    distrust: () => {
      distrusted = true
      return isOld
    },
    async open(signal) {
      isOld = true
      if (kept && isGood(kept) && !distrusted) return kept
      try {
        kept = await openAnew(signal)
      } catch (error) {
        // After a revocation the old credentials may be all that is believed.
        if (kept && isGood(kept) && error instanceof PublishError) return kept
        isOld = false
        throw error
      }
      isOld = false
      distrusted = false
      return kept
    },
  }
}

/** What can be known to be wrong before anything is published. @throws {StartRefusal} */
export async function requireUsable(target: MirrorTarget): Promise<void> {
  if (target.kind !== 'put' || !('headerFile' in target)) return
  await readPrivateHeader(target.headerFile).catch((error: Error) => {
    throw new StartRefusal(`--publish-keys-to: ${error.message}`)
  })
}

export function opener(services: PassServices, target: MirrorTarget): OpenPlace {
  const { fetch, issuerUrl } = services
  switch (target.kind) {
    case 'folder':
      return async () => folderPlace(target.folder)
    case 'by-hand':
      return async () => byHandPlace(issuerUrl, fetch)
    case 'put':
      return async () => putPlace({ fetch, url: target.url, ...(await putAuthorization(services, target)) })
    case 's3':
      return async (signal) => s3Place(services, target, await awsPass(services, target, signal))
    case 'google':
      return async (signal) => googlePlace(fetch, target, await googlePass(services, target, signal))
    case 'azure':
      return async (signal) => azurePlace(fetch, target, await azurePass(services, target, signal))
  }
}

async function putAuthorization(
  { mint }: PassServices,
  target: Extract<MirrorTarget, { kind: 'put' }>,
): Promise<{ authorization: Readonly<Record<string, string>>; goodUntil: Date | undefined }> {
  // Read again each time: somebody may have put another one there.
  if ('headerFile' in target)
    return { authorization: await readPrivateHeader(target.headerFile), goodUntil: new Date(0) }
  const { token, expiresAt } = await mint(target.audience)
  return { authorization: { authorization: `Bearer ${token}` }, goodUntil: expiresAt }
}
