/**
 * The bound: nothing but signing, 16 in flight. Reads a number of seconds as a line, answers with signatures a
 * second, and so on.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { createInterface } from 'node:readline'

const IN_FLIGHT = 16
/** As much text as a deployment's token has. */
const input = Buffer.alloc(720, 'a')
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const signOnce = () =>
  new Promise<void>((resolve, reject) => {
    sign('sha256', input, privateKey, (error) => (error ? reject(error) : resolve()))
  })

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now()
  const end = start + Number(line) * 1000
  let signed = 0
  const signUntilEnd = async () => {
    while (performance.now() < end) {
      await signOnce()
      signed += 1
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, signUntilEnd))
  console.log(String((signed * 1000) / (performance.now() - start)))
}
