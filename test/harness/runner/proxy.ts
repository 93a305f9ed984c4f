/** A CONNECT proxy and a certificate authority of a test's own, with a web server behind both. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, request } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ConnectProxy {
  readonly port: number
  /** What it was let reach, as `host:port`. */
  readonly reached: string[]
  close(): Promise<void>
}

/** Takes every host for this machine: names that nobody knows but the proxy. */
export async function startConnectProxy(user: string, password: string): Promise<ConnectProxy> {
  const reached: string[] = []
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const server = createServer((_request, response) => response.writeHead(405).end())
  server.on('connect', ({ url = '', headers }, client, head) => {
    if (headers['proxy-authorization'] !== wanted) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      )
      return
    }
    reached.push(url)
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client)
      client.pipe(upstream)
    })
    for (const socket of [upstream, client])
      socket.on('error', () => [upstream, client].map((one) => one.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, reached, close: () => closed(server) }
}

export interface PrivateAuthority {
  /** PEM, readable for all. */
  readonly file: string
  /** A certificate of this authority's for the name, in front of what listens on the port. */
  serve(name: string, port: number): Promise<{ readonly port: number; close(): Promise<void> }>
  remove(): void
}

export function createAuthority(): PrivateAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-ca-'))
  chmodSync(folder, 0o755)
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=A test',
  )
  return {
    file: at('ca.pem'),
    async serve(name, behind) {
      openssl('req', ...newKey, '-keyout', at('key'), '-out', at('csr'), '-subj', `/CN=${name}`)
      writeFileSync(at('ext'), `subjectAltName=DNS:${name}\n`)
      const issue = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('ext')]
      openssl('x509', '-req', '-in', at('csr'), ...issue, '-out', at('pem'), '-days', '2')
      const server = createSecureServer(
        { key: readFileSync(at('key')), cert: readFileSync(at('pem')) },
        forwardTo(behind),
      )
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

function forwardTo(port: number): RequestListener {
  return (incoming, outgoing) => {
    const { method, headers, url: path } = incoming
    const forwarded = request({ host: '127.0.0.1', port, method, headers, path }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  }
}

function closed(
  server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>,
): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
