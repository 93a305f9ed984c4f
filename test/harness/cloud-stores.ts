/**
 * A bucket of Google Cloud Storage and a container of Azure Blob on loopback, which everybody may read. Strict where the
 * public pages are: a request that they would refuse is refused, and who writes must hold an access token of the local cloud.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CloudStore {
  readonly url: string
  readonly held: Map<string, { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> }>
  /** `PUT /acme-keys/.well-known/jwks 200`, in order, and why it was refused. */
  readonly writes: string[]
  readonly close: () => Promise<void>
}

interface Put {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Rules {
  /** @returns What is wrong with the request, in the words of the page. */
  readonly whyNot: (put: Put) => Promise<{ readonly status: number; readonly code: string } | undefined>
  readonly stored: number
  readonly missing: { readonly status: number; readonly code: string }
  /** What a reader gets with it. */
  readonly keeps: (headers: IncomingHttpHeaders) => Readonly<Record<string, string>>
}

/**
 * @see https://cloud.google.com/storage/docs/xml-api/put-object
 * @see https://cloud.google.com/storage/docs/xml-api/reference-headers
 */
export function startGoogleStore(
  isBelieved: (authorization: string) => Promise<boolean>,
): Promise<CloudStore> {
  return startStore({
    stored: 200,
    missing: { status: 404, code: 'NoSuchKey' },
    async whyNot({ path, headers, body }) {
      if (!/^\/[a-z0-9._-]{3,}\/.+/.test(path)) return { status: 400, code: 'InvalidURI' }
      if (headers['content-length'] !== String(body.length))
        return { status: 411, code: 'MissingContentLength' }
      if (headers['x-goog-copy-source'] !== undefined) return { status: 400, code: 'InvalidArgument' }
      if (!/^Bearer ya29\.[\w.-]+$/.test(headers.authorization ?? ''))
        return { status: 401, code: 'AuthenticationRequired' }
      if (!(await isBelieved(headers.authorization ?? ''))) return { status: 403, code: 'AccessDenied' }
      return undefined
    },
    keeps: ({
      'content-type': type = 'application/octet-stream',
      'cache-control': cache = 'public, max-age=3600',
    }) => ({
      'content-type': type,
      'cache-control': cache,
    }),
  })
}

/**
 * @see https://learn.microsoft.com/rest/api/storageservices/put-blob
 * @see https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory
 */
export function startAzureStore(
  isBelieved: (authorization: string) => Promise<boolean>,
): Promise<CloudStore> {
  return startStore({
    stored: 201,
    missing: { status: 404, code: 'BlobNotFound' },
    async whyNot({ path, headers, body }) {
      if (!/^\/(?:\$web|[a-z0-9-]{3,63})\/.+/.test(path)) return { status: 400, code: 'InvalidResourceName' }
      const version = String(headers['x-ms-version'] ?? '')
      if (!/^20\d\d-\d\d-\d\d$/.test(version)) return { status: 400, code: 'MissingRequiredHeader' }
      // The first version that takes a token of Entra.
      if (version < '2017-11-09') return { status: 403, code: 'AuthenticationFailed' }
      if (headers['x-ms-blob-type'] !== 'BlockBlob') return { status: 400, code: 'MissingRequiredHeader' }
      if (headers['content-length'] !== String(body.length))
        return { status: 411, code: 'MissingContentLengthHeader' }
      if (!(await isBelieved(headers.authorization ?? '')))
        return { status: 403, code: 'AuthenticationFailed' }
      return undefined
    },
    keeps: ({ 'x-ms-blob-content-type': type, 'x-ms-blob-cache-control': cache }) => ({
      'content-type': String(type ?? 'application/octet-stream'),
      ...(cache !== undefined && { 'cache-control': String(cache) }),
    }),
  })
}

async function startStore(rules: Rules): Promise<CloudStore> {
  const held: CloudStore['held'] = new Map()
  const writes: string[] = []
  const server = createServer(async (request, response) => {
    const { method, url: path = '', headers } = request
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const refuse = ({ status, code }: { status: number; code: string }): void => {
      if (method === 'PUT') writes.push(`PUT ${path} ${status} ${code}`)
      response
        .writeHead(status, { 'content-type': 'application/xml', 'x-ms-error-code': code })
        .end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)
    }
    if (method === 'GET') {
      const found = held.get(path)
      if (!found) return refuse(rules.missing)
      return void response.writeHead(200, found.headers).end(found.body)
    }
    if (method !== 'PUT') return refuse({ status: 405, code: 'MethodNotAllowed' })
    const body = Buffer.concat(parts)
    const wrong = await rules.whyNot({ path, headers, body })
    if (wrong) return refuse(wrong)
    held.set(path, { body, headers: rules.keeps(headers) })
    writes.push(`PUT ${path} ${rules.stored}`)
    response.writeHead(rules.stored).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held,
    writes,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
