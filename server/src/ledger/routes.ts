/** `/api/daypass/audit/mint-blocks`: the sealed record of mints, for admins of the installation to verify by themselves. */

import type { Refusal } from '@daypass/contract/errors.ts'
import {
  MINT_BLOCKS_PATH,
  type MintBlock,
  MintBlockPage,
  MintBlock as MintBlockSchema,
  NEWEST_MINT_BLOCK_PATH,
} from '@daypass/contract/mint-chain.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { SITE_ADMIN_ONLY } from '../access/site-admin.ts'
import type { Database } from '../db/database.ts'
import { refuse } from '../refuse.ts'
import {
  blocksAfter,
  countUnsealed,
  lastSeqUpTo,
  type MintBlockRow,
  mintsBetween,
  newestBlock,
} from './block.sql.ts'

const PageQuery = Type.Object({
  /** The number of the last block that the caller has. */
  after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
})

/** At most so many rows in an answer, but always those of one block. */
const BLOCKS_A_PAGE = 50
const ROWS_A_PAGE = 10_000
/** A block never has as many; more in its range were slipped in, and so many are enough to say so. */
const MOST_ROWS_OF_A_BLOCK = 10_000

export function mintBlockRoutes(
  app: FastifyInstance,
  services: { readonly db: Database; readonly headPublicKeys: readonly string[] },
): void {
  const { db, headPublicKeys } = services

  app.get<{ Querystring: Static<typeof PageQuery> }>(
    MINT_BLOCKS_PATH,
    { schema: { querystring: PageQuery, response: { 200: MintBlockPage } } },
    async (request, reply) => {
      if (!userOf(request).siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      const found = await blocksAfter(db, request.query.after ?? 0, BLOCKS_A_PAGE)
      const blocks: { block: MintBlock; rows: Awaited<ReturnType<typeof mintsBetween>> }[] = []
      let after = await lastSeqUpTo(db, request.query.after ?? 0)
      let rowsSoFar = 0
      for (const row of found) {
        if (rowsSoFar > ROWS_A_PAGE) break
        const rows = await mintsBetween(db, { after, last: row.lastSeq }, MOST_ROWS_OF_A_BLOCK)
        blocks.push({ block: answerOf(row), rows })
        after = row.lastSeq
        rowsSoFar += rows.length
      }
      return {
        blocks,
        ownKeys: [...headPublicKeys],
        unsealed: await countUnsealed(db),
        more: blocks.length < found.length || found.length === BLOCKS_A_PAGE,
      }
    },
  )

  app.get(
    NEWEST_MINT_BLOCK_PATH,
    { schema: { response: { 200: MintBlockSchema } } },
    async (request, reply) => {
      if (!userOf(request).siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      const newest = await newestBlock(db)
      return newest ? answerOf(newest) : refuse(reply, NOTHING_SEALED)
    },
  )
}

const NOTHING_SEALED: Refusal = {
  status: 404,
  reason: 'nothing_sealed',
  message: 'No token was issued yet, or none for as much as a second ago.',
}

function answerOf(row: MintBlockRow): MintBlock {
  return { ...row, leaves: [...row.leaves], mints: row.leaves.length }
}
