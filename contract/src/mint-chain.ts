/**
 * The chain that seals the record of issued tokens, so that a row which was rewritten, removed or slipped in later is found.
 *
 * The rows of about a second make a block: a Merkle tree over them, its root, and the head of the block before. Each
 * head is signed, and printed where whoever can write to the database cannot reach.
 *
 * Owns: what is hashed and signed, letter by letter, for server and verifier must agree. Does not own: when a block is made
 * and stored (server/ledger), nor what an auditor is told (cli). Hashes are SHA-256 in lower-case hex.
 *
 * @see RFC 9162, section 2.1: the shape of the tree, and why leaves and nodes are hashed with different beginnings.
 */
import { type Static, Type } from 'typebox'

export const MINT_BLOCKS_PATH = '/api/daypass/audit/mint-blocks'
export const NEWEST_MINT_BLOCK_PATH = `${MINT_BLOCKS_PATH}/newest`

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** One issued token, as its row says. */
export const SealedMint = Type.Object({
  /** A 64-bit number in decimal: the order of the rows. */
  seq: Type.String(),
  jti: Type.String(),
  kid: Type.String(),
  organizationId: Type.String(),
  stackId: Type.String(),
  deploymentId: Type.String(),
  subject: Type.String(),
  audience: Type.String(),
  purpose: Type.String(),
  /** Seconds since 1970, as are all times here. */
  issuedAt: Type.Integer(),
  expiresAt: Type.Integer(),
})
export type SealedMint = Static<typeof SealedMint>

export const MintBlock = Type.Object({
  /** Counts from 1. */
  number: Type.Integer({ minimum: 1 }),
  /** It seals the rows after the last of the block before, up to this one. */
  lastSeq: Type.String(),
  mints: Type.Integer({ minimum: 1 }),
  /** Of each row, so that a changed one can be named. */
  leaves: Type.Array(Hash),
  root: Hash,
  /** Of the block before; zeros in the first. */
  previousHead: Hash,
  head: Hash,
  sealedAt: Type.Integer(),
  /** Ed25519 (RFC 8032), raw, in hex. */
  publicKey: Hash,
  signature: Type.String({ pattern: '^[0-9a-f]{128}$' }),
})
export type MintBlock = Static<typeof MintBlock>

export const MintBlockPage = Type.Object({
  blocks: Type.Array(Type.Object({ block: MintBlock, rows: Type.Array(SealedMint) })),
  /** Public keys that the server's master keys make: only these may have signed a head. */
  ownKeys: Type.Array(Hash),
  /** Rows that no block seals yet. */
  unsealed: Type.Integer(),
  /** Whether blocks come after these. */
  more: Type.Boolean(),
})
export type MintBlockPage = Static<typeof MintBlockPage>

export const FIRST_PREVIOUS_HEAD = '0'.repeat(64)

/** SHA-256 of the text's UTF-8, in lower-case hex. */
export type Sha256 = (text: string) => string

export interface MintChain {
  leafOf(mint: SealedMint): string
  /** The Merkle tree hash of a list that is not empty. */
  rootOf(leaves: readonly string[]): string
  /** What the signature is over, and what the next block names. */
  headOf(block: BlockFacts): string
}

export type BlockFacts = Pick<
  MintBlock,
  'number' | 'lastSeq' | 'mints' | 'root' | 'previousHead' | 'sealedAt'
>

export function mintChain(sha256: Sha256): MintChain {
  function rootOf(leaves: readonly string[]): string {
    const [only] = leaves
    if (only === undefined) throw new TypeError('A block without a row has no root.')
    if (leaves.length === 1) return only
    let left = 1
    while (left * 2 < leaves.length) left *= 2
    return sha256(`node\n${rootOf(leaves.slice(0, left))}\n${rootOf(leaves.slice(left))}`)
  }
  return {
    // Lists, not objects: the order of names is nothing to rely on.
    leafOf(mint) {
      const { seq, jti, kid, organizationId, stackId, deploymentId, subject, audience, purpose } = mint
      const texts = [seq, jti, kid, organizationId, stackId, deploymentId, subject, audience, purpose]
      return sha256(`leaf\n${JSON.stringify([...texts, mint.issuedAt, mint.expiresAt])}`)
    },
    rootOf,
    headOf({ number, lastSeq, mints, root, previousHead, sealedAt }) {
      return sha256(`head\n${JSON.stringify([number, lastSeq, mints, root, previousHead, sealedAt])}`)
    },
  }
}

/** A head as a person keeps it: the block's number and its head, `17:1f2e…`. */
export function headText({ number, head }: Pick<MintBlock, 'number' | 'head'>): string {
  return `${number}:${head}`
}
