/**
 * Checks the sealed record of issued tokens, block after block, with nothing taken on the server's word but its keys.
 *
 * Owns: what is wrong with a record, in words. Does not own: the hashes (contract/mint-chain) and where the record
 * comes from.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import {
  FIRST_PREVIOUS_HEAD,
  headText,
  type MintBlock,
  mintChain,
  type SealedMint,
} from '@daypass/contract/mint-chain.ts'

const { leafOf, rootOf, headOf } = mintChain((text) => createHash('sha256').update(text).digest('hex'))

export interface Problem {
  readonly code:
    | 'row_changed_or_added'
    | 'row_changed_or_removed'
    | 'block_altered'
    | 'chain_broken'
    | 'signature_wrong'
    | 'unknown_key'
    | 'head_differs'
    | 'head_missing'
  readonly block: number
  /** The row's number, where it can be told. */
  readonly seq?: string
  readonly sentence: string
}

export interface MintVerifier {
  /** The next block, with all rows that lie in its range, and the keys that the server's master keys make. */
  add(block: MintBlock, rows: readonly SealedMint[], ownKeys: readonly string[]): void
  /** After the last block. */
  end(): { readonly blocks: number; readonly tokens: number; readonly problems: readonly Problem[] }
}

/** @param heads Kept since an earlier day, as `<number>:<hex>`: what they stand for can be rewritten by nobody. */
export function mintVerifier(heads: readonly string[]): MintVerifier {
  const problems: Problem[] = []
  const kept = new Map(heads.map((head) => [Number(head.split(':')[0]), head]))
  let blocks = 0
  let tokens = 0
  let previous: MintBlock | undefined

  function add(block: MintBlock, rows: readonly SealedMint[], ownKeys: readonly string[]): void {
    const report = (code: Problem['code'], sentence: string, seq?: string): void => {
      problems.push({ code, block: block.number, ...(seq !== undefined && { seq }), sentence })
    }
    blocks += 1
    tokens += rows.length
    checkRows(block, rows, report)
    checkChain(block, previous, report)
    checkSignature(block, ownKeys, report)
    const expected = kept.get(block.number)
    kept.delete(block.number)
    if (expected !== undefined && expected !== headText(block))
      report('head_differs', `Block ${block.number} has not the head that was kept: ${expected}.`)
    previous = block
  }

  function end() {
    for (const [number, head] of kept) {
      problems.push({
        code: 'head_missing',
        block: number,
        sentence: `There is no block ${number}, whose head was kept: ${head}. The record was cut off, or the database is older than that.`,
      })
    }
    return { blocks, tokens, problems }
  }

  return { add, end }
}

type Report = (code: Problem['code'], sentence: string, seq?: string) => void

function checkRows(block: MintBlock, rows: readonly SealedMint[], report: Report): void {
  const sealed = new Set(block.leaves)
  for (const row of rows) {
    if (!sealed.delete(leafOf(row)))
      report('row_changed_or_added', `Row ${row.seq} is not as it was sealed, or was added later.`, row.seq)
  }
  if (sealed.size > 0)
    report(
      'row_changed_or_removed',
      `${sealed.size} of the rows of block ${block.number} are not there as they were sealed.`,
    )
}

function checkChain(block: MintBlock, previous: MintBlock | undefined, report: Report): void {
  const isWhole =
    block.leaves.length === block.mints &&
    block.leaves.length > 0 &&
    rootOf(block.leaves) === block.root &&
    headOf(block) === block.head
  if (!isWhole) report('block_altered', `Block ${block.number} does not agree with its own head.`)
  const number = (previous?.number ?? 0) + 1
  const isNext =
    block.number === number &&
    block.previousHead === (previous?.head ?? FIRST_PREVIOUS_HEAD) &&
    BigInt(block.lastSeq) > BigInt(previous?.lastSeq ?? 0)
  if (!isNext) report('chain_broken', `Block ${block.number} does not follow block ${number - 1}.`)
}

function checkSignature(block: MintBlock, ownKeys: readonly string[], report: Report): void {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(block.publicKey, 'hex').toString('base64url') },
    format: 'jwk',
  })
  const head = Buffer.from(block.head, 'hex')
  if (!verify(null, head, key, Buffer.from(block.signature, 'hex')))
    report('signature_wrong', `The signature of block ${block.number} is not one of its head.`)
  if (!ownKeys.includes(block.publicKey))
    report(
      'unknown_key',
      `Block ${block.number} was signed by a key that none of the server's master keys makes. Were all former ones taken away? Then keep a head from before.`,
    )
}
