/** The sealed blocks at rest, and the rows that they seal. */
import type { SealedMint } from '@daypass/contract/mint-chain.ts'
import type { Queryable } from '../db/database.ts'

/** Hashes, keys and signatures in lower-case hex. */
export interface MintBlockRow {
  readonly number: number
  readonly lastSeq: string
  readonly leaves: readonly string[]
  readonly root: string
  readonly previousHead: string
  readonly head: string
  /** Seconds since 1970. */
  readonly sealedAt: number
  readonly publicKey: string
  readonly signature: string
}

const LOCK = /* sql */ `
  select pg_try_advisory_xact_lock(hashtextextended('daypass mint blocks', 0)) as "mine"`

/** Whether we are the one who seals until the transaction ends. */
export async function lockSealing(tx: Queryable): Promise<boolean> {
  return (await tx.query<{ mine: boolean }>(LOCK)).rows[0]?.mine === true
}

/**
 * The last row before which none can appear any more.
 *
 * A row has its number before it is committed, so a lower number may appear after a higher one. The lock is granted
 * when every writer of rows is done, and given back with the savepoint: writers wait for a moment, not for the seal.
 */
export async function lastSettledSeq(tx: Queryable): Promise<string | undefined> {
  await tx.query('savepoint settled')
  await tx.query("set local lock_timeout = '1s'")
  await tx.query('lock table mints in share mode')
  const { rows } = await tx.query<{ seq: string | null }>('select max(seq)::text as seq from mints')
  await tx.query('rollback to savepoint settled')
  return rows[0]?.seq ?? undefined
}

const BLOCK_COLUMNS = /* sql */ `
  number, last_seq::text as "lastSeq", encode(leaves, 'hex') as leaves, encode(root, 'hex') as root,
  encode(previous_head, 'hex') as "previousHead", encode(head, 'hex') as head, sealed_at as "sealedAt",
  encode(public_key, 'hex') as "publicKey", encode(signature, 'hex') as signature`

const NEWEST = /* sql */ `select ${BLOCK_COLUMNS} from mint_blocks order by number desc limit 1`

export async function newestBlock(db: Queryable): Promise<MintBlockRow | undefined> {
  const [row] = (await db.query<StoredRow>(NEWEST)).rows
  return row && readRow(row)
}

/** The leaves one after the other. */
type StoredRow = Omit<MintBlockRow, 'leaves'> & { readonly leaves: string }

function readRow(row: StoredRow): MintBlockRow {
  return { ...row, leaves: row.leaves.match(/.{64}/g) ?? [] }
}

const AFTER = /* sql */ `
  select ${BLOCK_COLUMNS} from mint_blocks where number > $1 order by number limit $2`

export async function blocksAfter(db: Queryable, number: number, limit: number): Promise<MintBlockRow[]> {
  return (await db.query<StoredRow>(AFTER, [number, limit])).rows.map(readRow)
}

const LAST_SEQ_UP_TO = /* sql */ `
  select coalesce(max(last_seq), 0)::text as "seq" from mint_blocks where number <= $1`

/** The last row that is sealed by the block of this number or one before; `0` before the first. */
export async function lastSeqUpTo(db: Queryable, number: number): Promise<string> {
  return (await db.query<{ seq: string }>(LAST_SEQ_UP_TO, [number])).rows[0]?.seq ?? '0'
}

const INSERT = /* sql */ `
  insert into mint_blocks (number, last_seq, leaves, root, previous_head, head, sealed_at, public_key, signature)
  values ($1, $2, decode($3, 'hex'), decode($4, 'hex'), decode($5, 'hex'), decode($6, 'hex'), $7,
          decode($8, 'hex'), decode($9, 'hex'))`

export async function insertBlock(tx: Queryable, block: MintBlockRow): Promise<void> {
  const { number, lastSeq, leaves, root, previousHead, head, sealedAt, publicKey, signature } = block
  await tx.query(INSERT, [
    number,
    lastSeq,
    leaves.join(''),
    root,
    previousHead,
    head,
    sealedAt,
    publicKey,
    signature,
  ])
}

const ROWS = /* sql */ `
  select m.seq::text, jti, kid, organization_id as "organizationId", stack_id as "stackId",
         deployment_id as "deploymentId", subject, audience, purpose,
         extract(epoch from issued_at)::bigint as "issuedAt", extract(epoch from expires_at)::bigint as "expiresAt"
    from mints m
   where m.seq > $1 and m.seq <= $2
   -- The column, not the text of it above.
   order by m.seq
   limit $3`

/** The rows after `after` up to and with `last`, in their order. */
export async function mintsBetween(
  db: Queryable,
  range: { readonly after: string; readonly last: string },
  limit: number,
): Promise<SealedMint[]> {
  return (await db.query<SealedMint>(ROWS, [range.after, range.last, limit])).rows
}

const UNSEALED = /* sql */ `
  select count(*)::integer as "unsealed" from mints
   where seq > coalesce((select last_seq from mint_blocks order by number desc limit 1), 0)`

export async function countUnsealed(db: Queryable): Promise<number> {
  return (await db.query<{ unsealed: number }>(UNSEALED)).rows[0]?.unsealed ?? 0
}
