/**
 * The process that a PKCS #11 module runs in, apart from the server: a module that hangs is ended, and one that crashes
 * takes nothing along. It does what the server asks, and ends with it.
 */
import { loadModule } from './cryptoki.ts'
import { type Act, type Failure, type Question, type Reply, type Results, TokenError } from './protocol.ts'
import { openToken, type Token } from './token.ts'

let opening: Promise<Token> | undefined

process.on('message', (question: Question) => void answer(question))
// A terminal's Ctrl-C is for the server, which ends us when it needs no more signatures.
process.on('SIGINT', () => {})
// An orderly exit would wait for a thread that the module holds.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

async function answer({ number, act }: Question): Promise<void> {
  try {
    say({ number, result: await perform(act) })
  } catch (error) {
    say({ number, failure: failureOf(error) })
  }
}

async function perform(act: Act): Promise<Results[keyof Results]> {
  if (act.kind === 'open') {
    opening = loadModule(act.module).then((cryptoki) => openToken(cryptoki, act))
    await opening
    return undefined
  }
  if (opening === undefined) throw new Error('The token was not opened.')
  const token = await opening
  switch (act.kind) {
    case 'create':
      return token.create(Buffer.from(act.id), act.label, act.modulusBits)
    case 'sign':
      return token.sign(Buffer.from(act.id), Buffer.from(act.input))
    case 'destroy':
      await token.destroy(Buffer.from(act.id))
      return undefined
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof TokenError) return { code: error.code, sentence: error.message }
  const reason = error instanceof Error ? error.message : String(error)
  return { code: 'unavailable', sentence: `The PKCS #11 module failed: ${reason}.` }
}

function say(reply: Reply): void {
  process.send?.(reply)
}
