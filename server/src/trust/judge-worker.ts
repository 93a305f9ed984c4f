/** One question, one answer, and the thread ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { judgeDocuments, type TrustQuestion } from './judge-documents.ts'

parentPort?.postMessage(judgeDocuments(workerData as TrustQuestion))
