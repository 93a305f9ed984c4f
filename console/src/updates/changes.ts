/** What became of resources, in the engine's words and as people read them. */

interface Look {
  /** As the CLI writes it. */
  readonly sign: string
  /** After a count: "3 created". */
  readonly says: string
  readonly color: 'green' | 'yellow' | 'red' | 'blue' | 'gray'
}

const LOOKS: Readonly<Record<string, Look>> = {
  create: { sign: '+', says: 'created', color: 'green' },
  update: { sign: '~', says: 'updated', color: 'yellow' },
  delete: { sign: '-', says: 'deleted', color: 'red' },
  replace: { sign: '+-', says: 'replaced', color: 'red' },
  'create-replacement': { sign: '++', says: 'created anew', color: 'green' },
  'delete-replaced': { sign: '--', says: 'deleted after replacement', color: 'red' },
  import: { sign: '=', says: 'imported', color: 'blue' },
  'import-replacement': { sign: '=>', says: 'imported anew', color: 'blue' },
  read: { sign: '>', says: 'read', color: 'gray' },
  'read-replacement': { sign: '>>', says: 'read anew', color: 'gray' },
  refresh: { sign: '~', says: 'refreshed', color: 'blue' },
  discard: { sign: '<', says: 'discarded', color: 'gray' },
  'discard-replaced': { sign: '<<', says: 'discarded after replacement', color: 'gray' },
  'remove-pending-replace': { sign: '~', says: 'deletion settled', color: 'gray' },
  same: { sign: ' ', says: 'unchanged', color: 'gray' },
}

export function lookOf(op: string): Look {
  return Object.hasOwn(LOOKS, op) ? (LOOKS[op] as Look) : { sign: '?', says: op, color: 'gray' }
}

/** Of a replacement only the whole counts, not its halves. */
const HALVES = new Set(['create-replacement', 'delete-replaced'])

export interface Change extends Look {
  readonly op: string
  readonly count: number
}

/** What changed, the most usual first; without what stayed as it was. */
export function changesOf(counts: Readonly<Record<string, number>> | undefined): Change[] {
  const given = counts ?? {}
  const order = Object.keys(LOOKS)
  const place = (op: string): number => (order.includes(op) ? order.indexOf(op) : order.length)
  return Object.entries(given)
    .filter(([op, count]) => count > 0 && op !== 'same' && !(HALVES.has(op) && given['replace']))
    .sort(([one], [other]) => place(one) - place(other))
    .map(([op, count]) => ({ op, count, ...lookOf(op) }))
}
