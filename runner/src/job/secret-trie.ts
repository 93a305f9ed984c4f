/**
 * Finds the texts that it was given, at a place in another text, in a bounded number of steps a place.
 *
 * A trie, of texts of at most `LONGEST_PIECE` characters; a longer one is kept in pieces of that length, which cover
 * it without a gap. So a search looks at no more than `LONGEST_PIECE` characters from any place, whatever a member or
 * a program made up to keep the runner busy, and a piece of a secret is found where the rest of it is missing.
 *
 * Kept in typed arrays: about 20 bytes a character. `seed` keeps an author of secrets from aiming at one slot.
 */

/** The shorter width at which programs break base64, so that most pieces of it are the same ones. */
export const LONGEST_PIECE = 64

export interface SecretTrie {
  add(text: string): void
  /** Length of the longest known text that begins at `index`; 0 for none. */
  longestAt(text: string, index: number): number
  /** Characters kept: what memory grows with. */
  size(): number
  /** Slots looked at so far: what time grows with. */
  steps(): number
}

const ROOT = 0
const FIRST_CAPACITY = 1 << 10

export function createSecretTrie(seed: number): SecretTrie {
  let capacity = FIRST_CAPACITY
  // Of each node: where it hangs, by which character, and whether a text ends at it.
  let parents = new Int32Array(capacity)
  let characters = new Uint16Array(capacity)
  let ends = new Uint8Array(capacity)
  /** Open addressing by parent and character, never more than half full; 0 is free, for the root is nobody's child. */
  let slots = new Int32Array(capacity * 2)
  let nodes = 1
  let steps = 0

  function slotOf(parent: number, character: number): number {
    const mask = slots.length - 1
    let hash = Math.imul(parent ^ seed, 0x9e3779b1) ^ Math.imul(character + 1, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15) ^ seed, 0x2c1b3c6d)
    hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39)
    let slot = (hash ^ (hash >>> 16)) & mask
    for (;;) {
      steps += 1
      const node = slots[slot] ?? 0
      if (node === 0 || (parents[node] === parent && characters[node] === character)) return slot
      slot = (slot + 1) & mask
    }
  }

  function grow(): void {
    capacity *= 2
    parents = enlarged(parents, new Int32Array(capacity))
    characters = enlarged(characters, new Uint16Array(capacity))
    ends = enlarged(ends, new Uint8Array(capacity))
    slots = new Int32Array(capacity * 2)
    for (let node = 1; node < nodes; node += 1)
      slots[slotOf(parents[node] ?? 0, characters[node] ?? 0)] = node
  }

  function addPiece(piece: string): void {
    let at = ROOT
    for (let index = 0; index < piece.length; index += 1) {
      const character = piece.charCodeAt(index)
      const slot = slotOf(at, character)
      const known = slots[slot] ?? 0
      if (known !== 0) {
        at = known
        continue
      }
      const node = nodes
      nodes += 1
      parents[node] = at
      characters[node] = character
      slots[slot] = node
      at = node
      if (nodes === capacity) grow()
    }
    if (at !== ROOT) ends[at] = 1
  }

  return {
    add(text) {
      for (const piece of pieces(text)) addPiece(piece)
    },
    longestAt(text, index) {
      let at = ROOT
      let longest = 0
      for (let length = 1; index + length <= text.length; length += 1) {
        at = slots[slotOf(at, text.charCodeAt(index + length - 1))] ?? 0
        if (at === 0) break
        if (ends[at] === 1) longest = length
      }
      return longest
    },
    size: () => nodes - 1,
    steps: () => steps,
  }
}

/** Side by side; the last one ends where the text ends, and so may overlap the one before it. */
export function pieces(text: string): readonly string[] {
  if (text.length <= LONGEST_PIECE) return [text]
  return Array.from({ length: Math.ceil(text.length / LONGEST_PIECE) }, (_, index) => {
    const end = Math.min((index + 1) * LONGEST_PIECE, text.length)
    return text.slice(end - LONGEST_PIECE, end)
  })
}

function enlarged<T extends Int32Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
