/** Where names lead, as this machine sees it. */
import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import type { Surroundings } from './address.ts'

export const THIS_MACHINE: Surroundings = {
  lookup: (name) => lookup(name, { all: true }),
  ownAddresses: () =>
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
}
