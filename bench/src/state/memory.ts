/** What the server needs while a client that keeps no journal sends a whole state of 100 MB. */
import { holdBelow, type Verdict } from '../bench.ts'
import type { Installation } from '../daypass/installation.ts'
import { forgetPeakMemory, peakMegabytes } from '../usage.ts'
import { openUpdate, wholeState } from './update-client.ts'

const STATE_BYTES = 100 * 1024 * 1024
const MOST_MEGABYTES = 300

/** The largest resident memory, as the kernel keeps it: no sample can miss it. */
export async function measureMemory(installation: Installation): Promise<Verdict> {
  const update = await openUpdate(installation, 'memory', { journalVersion: 0 })
  try {
    const body = wholeState('memory', STATE_BYTES)
    await forgetPeakMemory(installation.serverPid)
    await update.checkpoint(body)
    const value = await peakMegabytes(installation.serverPid)
    return holdBelow('state-memory-checkpoint-100-mb', { value, limit: MOST_MEGABYTES, unit: 'MB' })
  } finally {
    update.close()
  }
}
