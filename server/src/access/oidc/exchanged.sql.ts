/** Tokens that were given for other tokens come by the thousand, and go by themselves. */
import type { Queryable } from '../../db/database.ts'

const FORGET = {
  name: 'forget-exchanged-tokens',
  text: /* sql */ `
    delete from access_tokens
     where id in (select id from access_tokens
                   where issuer_id is not null and expires_at < now() - interval '30 days'
                   order by expires_at limit 100 for update skip locked)`,
}

/** Those that ended long ago, a few at a time. The audit log remembers them. */
export async function forgetExchangedTokens(tx: Queryable): Promise<void> {
  await tx.query(FORGET)
}
