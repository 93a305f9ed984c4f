/**
 * TLS of the server's own, for installations without a proxy in front: some relying parties fetch keys by https only.
 *
 * Certificates are replaced while the server runs (every one of a public authority is, after weeks), so the files are
 * looked at again; a pair that does not fit together is not taken, and the one before goes on.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createSecureContext } from 'node:tls'
import { StartRefusal } from '../start-refusal.ts'
import { type Sweep, startSweep } from '../sweep.ts'

export interface TlsFiles {
  /** PEM: the server's certificate, then those that lead to its authority. */
  readonly certificate: string
  /** PEM, unencrypted. */
  readonly key: string
}

export interface TlsPair {
  readonly cert: string
  readonly key: string
}

interface Log {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

const LOOK_AGAIN_SECONDS = 60

/** @throws {StartRefusal} with what is wrong with the files. */
export async function readTls(files: TlsFiles): Promise<TlsPair> {
  const [cert, key] = await Promise.all([
    readOne('--tls-cert', files.certificate),
    readOne('--tls-key', files.key),
  ])
  try {
    createSecureContext({ cert, key })
    // A file that is being written may be empty, and a context without a key is one, too.
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error('they do not fit')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartRefusal(
      `--tls-cert ${files.certificate} and --tls-key ${files.key} are not a certificate and its key in PEM: ${reason}.`,
    )
  }
  return { cert, key }
}

async function readOne(flag: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw new StartRefusal(`${flag} cannot be read: ${cause.message}.`)
  })
}

/** Takes what the files hold when that is another pair than before. @param seconds Only tests look more often. */
export function followTls(
  server: Server,
  files: TlsFiles,
  first: TlsPair,
  log: Log,
  seconds = LOOK_AGAIN_SECONDS,
): Sweep {
  let current = first
  return startSweep(async () => {
    try {
      const found = await readTls(files)
      if (found.cert === current.cert && found.key === current.key) return
      takesContexts(server).setSecureContext(found)
      current = found
      log.info({ until: new X509Certificate(found.cert).validTo }, 'Another TLS certificate was taken.')
    } catch (error) {
      log.error({ err: error }, 'The TLS certificate cannot be used; the one before stays.')
    }
  }, seconds)
}

/** Fastify types every server as one of plain HTTP. */
function takesContexts(server: Server): { setSecureContext(pair: TlsPair): void } {
  if (!('setSecureContext' in server)) throw new Error('This server speaks no TLS.')
  return server as unknown as { setSecureContext(pair: TlsPair): void }
}
