/**
 * The sealed record of mints: a block of rows at a time, each chained to the one before.
 *
 * Owns: when a block is made, what it holds, and the key that signs its head. Does not own: the hashes (contract/mint-chain), the rows (issuer/record),
 * nor what an auditor is told (the `daypass audit` command).
 *
 * The hot path writes plain rows and only says that it did. One server at a time seals, a second or so later; rows that
 * are not sealed yet are the tail, which the auditor is told the length of.
 */
import { createHash } from 'node:crypto'
import { FIRST_PREVIOUS_HEAD, headText, mintChain, type SealedMint } from '@daypass/contract/mint-chain.ts'
import type { Database, Queryable } from '../db/database.ts'
import {
  insertBlock,
  lastSettledSeq,
  lockSealing,
  type MintBlockRow,
  mintsBetween,
  newestBlock,
} from './block.sql.ts'
import type { HeadKey } from './head-key.ts'

export interface SealServices {
  readonly db: Database
  readonly headKey: HeadKey
  readonly now: () => Date
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

export interface Sealer {
  /** Rows were written: they are sealed about a second later, or with those that come until then. */
  sealSoon(): void
  /** Resolves when a seal in progress is stored. */
  stop(): Promise<void>
}

const GATHER_MS = 1_000
/** Rows of a server that died before it sealed them, or that another server was sealing around. */
const LEFTOVER_SWEEP_MS = 30_000
/** Bounds the memory of one block. */
const MOST_ROWS = 5_000

export function startSealer(services: SealServices): Sealer {
  let soon: NodeJS.Timeout | undefined
  let current: Promise<void> = Promise.resolve()
  let stopped = false
  const seal = (): void => {
    current = current.then(async () => {
      try {
        await sealAll(services, () => stopped)
      } catch (error) {
        services.log.error({ err: error }, 'The record of mints could not be sealed; trying again.')
      }
    })
  }
  const leftovers = setInterval(seal, LEFTOVER_SWEEP_MS)
  leftovers.unref()
  return {
    sealSoon() {
      if (stopped) return
      soon ??= setTimeout(() => {
        soon = undefined
        seal()
      }, GATHER_MS)
      soon.unref()
    },
    async stop() {
      clearInterval(leftovers)
      clearTimeout(soon)
      // What this server wrote is sealed before it goes: there may be no next start.
      if (soon !== undefined) seal()
      await current
      stopped = true
    },
  }
}

/** @returns How many blocks were made. */
export async function sealAll(
  services: SealServices,
  isStopped: () => boolean = () => false,
): Promise<number> {
  for (let blocks = 0; ; blocks += 1) {
    if (isStopped()) return blocks
    const block = await services.db.transaction((tx) => sealNext(tx, services))
    if (block === undefined) return blocks
    // Printed when it is stored, and where the database's owner cannot reach.
    services.log.info(
      {
        head: headText(block),
        mints: block.leaves.length,
        signature: block.signature,
      },
      'Mints were sealed.',
    )
  }
}

async function sealNext(
  tx: Queryable,
  { headKey, now }: Pick<SealServices, 'headKey' | 'now'>,
): Promise<MintBlockRow | undefined> {
  if (!(await lockSealing(tx))) return undefined
  const last = await lastSettledSeq(tx)
  const before = await newestBlock(tx)
  if (last === undefined) return undefined
  const rows = await mintsBetween(tx, { after: before?.lastSeq ?? '0', last }, MOST_ROWS)
  const block = blockOf(rows, before, { headKey, now })
  if (block) await insertBlock(tx, block)
  return block
}

function blockOf(
  rows: readonly SealedMint[],
  before: MintBlockRow | undefined,
  { headKey, now }: Pick<SealServices, 'headKey' | 'now'>,
): MintBlockRow | undefined {
  const lastRow = rows.at(-1)
  if (lastRow === undefined) return undefined
  const { leafOf, rootOf, headOf } = mintChain((text) => createHash('sha256').update(text).digest('hex'))
  const leaves = rows.map(leafOf)
  const facts = {
    number: (before?.number ?? 0) + 1,
    lastSeq: lastRow.seq,
    root: rootOf(leaves),
    previousHead: before?.head ?? FIRST_PREVIOUS_HEAD,
    sealedAt: Math.floor(now().getTime() / 1000),
  }
  const head = headOf({ ...facts, mints: rows.length })
  return { ...facts, leaves, head, publicKey: headKey.publicKey, signature: headKey.sign(head) }
}
