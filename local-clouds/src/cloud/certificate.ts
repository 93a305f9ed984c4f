/** A certificate of the local clouds' own, for 127.0.0.1: Azure's SDKs ask by https only. New with each start. */
import { generate } from 'selfsigned'
import type { CloudTls } from './http.ts'

/** Its own authority: clients are given `cert` as the one that they trust. */
export async function makeCertificate(): Promise<CloudTls> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Daypass local clouds' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  })
  return { key, cert }
}
