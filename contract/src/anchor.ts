/**
 * The cheap half of a fingerprint: a hash over a few letters that can be rolled through a text of any length.
 *
 * Owns the arithmetic, for the runner that makes fingerprints and the server that looks for them must agree on it.
 */

/** So many letters are hashed; what is shorter has no fingerprint. */
export const ANCHOR_LENGTH = 16

/**
 * @param multiplier Odd, 32 bits, made anew for each deployment: nobody can prepare a text that looks like everything.
 * @returns An unsigned 32-bit number.
 */
export function anchorOf(text: string, multiplier: number): number {
  let hash = 0
  for (let index = 0; index < ANCHOR_LENGTH; index += 1)
    hash = (Math.imul(hash, multiplier) + text.charCodeAt(index)) | 0
  return hash >>> 0
}

/** What the letter that leaves the window counts for in the hash of the next window. */
export function leavingWeight(multiplier: number): number {
  let weight = 1
  for (let index = 0; index < ANCHOR_LENGTH; index += 1) weight = Math.imul(weight, multiplier)
  return weight
}
