import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { divideCores } from './cores.ts'

const allowed = () => /^Cpus_allowed_list:.*$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[0]

test.runIf(process.platform === 'linux')(
  'who divided the cores has all of them again afterwards',
  async () => {
    const before = allowed()
    const cores = await divideCores()
    const during = allowed()
    await cores.release()
    expect(allowed()).toBe(before)
    if (cores.pinned) {
      expect(during).toBe('Cpus_allowed_list:\t1')
      expect(cores.onMeasuredCore(['node'])).toEqual(['taskset', '-c', '0', 'node'])
    }
  },
)
