/** A key that signs, and how its life reads. */
import type { paths } from '../api/schema.d.ts'

export type KeyStatus =
  paths['/api/daypass/issuer/keys']['get']['responses']['200']['content']['application/json']
export type SigningKey = KeyStatus['keys'][number]
export type Publication = NonNullable<KeyStatus['publication']>

const STATES: Readonly<Record<SigningKey['state'], { readonly color: string; readonly says: string }>> = {
  unpublished: { color: 'yellow', says: 'Not seen at the mirror yet' },
  next: { color: 'blue', says: 'Next' },
  signing: { color: 'green', says: 'Signing' },
  superseded: { color: 'gray', says: 'Superseded' },
  retired: { color: 'gray', says: 'Retired' },
}

export function stateOf({ state }: Pick<SigningKey, 'state'>) {
  return STATES[state]
}

export interface KeyMoment {
  readonly says: string
  readonly at: string
}

const SIGNS: Partial<Record<SigningKey['state'], string>> = { next: 'Signs', signing: 'Signs since' }

/** What happened to a key and what will, in the order of its life. */
export function momentsOf(key: SigningKey): KeyMoment[] {
  const { publishedAt, signsFrom, followedAt, retiresAt, retiredAt, retiredBecause } = key
  const moments = [
    { says: 'Made', at: publishedAt },
    { says: SIGNS[key.state] ?? 'Signed from', at: signsFrom },
    { says: 'The next one signs', at: followedAt },
    { says: 'Retires', at: retiredAt ? undefined : retiresAt },
    { says: retiredBecause === 'revoked' ? 'Revoked' : 'Retired', at: retiredAt },
  ]
  return moments.filter((moment): moment is KeyMoment => moment.at !== undefined)
}

/** Living keys first, in the order in which they sign; then those that are gone, the newest first. */
export function inOrder(keys: readonly SigningKey[]): SigningKey[] {
  const isGone = ({ state }: SigningKey): boolean => state === 'retired'
  return [...keys.filter((key) => !isGone(key)), ...keys.filter(isGone).reverse()]
}

export function publicationWords({ state, failure }: Publication): string {
  if (state === 'published') return 'Published, and seen there'
  if (state === 'failing') return failure?.message ?? 'The last attempt failed: no new key begins to sign'
  return 'Not seen there yet: no new key begins to sign'
}
