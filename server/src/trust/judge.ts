/**
 * Judges documents in a thread of its own, which is ended when it takes too long or too much: a condition of Google's is
 * an expression, and whoever shows one may have written it to keep the server busy.
 */
import { Worker } from 'node:worker_threads'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { ExplainedTrust } from '@daypass/contract/trust.ts'
import type { TrustAnswer, TrustQuestion } from './judge-documents.ts'

export type Judge = (question: TrustQuestion) => Promise<ExplainedTrust | Refusal>

const LONGEST_MS = 5000
const MOST_MEMORY_MB = 128
const MOST_AT_ONCE = 2

export function createJudge({ longestMs = LONGEST_MS }: { readonly longestMs?: number } = {}): Judge {
  let running = 0
  return async (question) => {
    if (running >= MOST_AT_ONCE) return busy
    running += 1
    try {
      const answer = await askWorker(question, longestMs)
      if (answer === undefined) return tooMuch
      return answer.ok ? answer.explained : { status: 400, reason: answer.reason, message: answer.message }
    } finally {
      running -= 1
    }
  }
}

/** Undefined when it was ended. */
async function askWorker(question: TrustQuestion, longestMs: number): Promise<TrustAnswer | undefined> {
  const worker = new Worker(new URL('./judge-worker.ts', import.meta.url), {
    workerData: question,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  })
  const timer = setTimeout(() => void worker.terminate(), longestMs)
  try {
    return await new Promise<TrustAnswer | undefined>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('exit', () => resolve(undefined))
      worker.once('error', (error: Error & { code?: string }) =>
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? resolve(undefined) : reject(error),
      )
    })
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

const busy: Refusal = {
  status: 429,
  reason: 'trust_busy',
  message: 'Other documents are being judged at this moment; ask again in a few seconds.',
}

const tooMuch: Refusal = {
  status: 400,
  reason: 'documents_too_costly',
  message:
    'Judging these documents takes more time or memory than this server gives it; `daypass trust explain` does it on your machine.',
}
