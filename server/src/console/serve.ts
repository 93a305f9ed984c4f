/** Answers a browser that asks for something which no route is for: with the console, which has addresses of its own. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { messagePage } from '../http/page.ts'
import { showPage } from '../http/page-answers.ts'
import { pathBelow } from '../issuer/path.ts'
import { type ConsoleBuild, type ConsoleFile, readConsole } from './build.ts'

/** Undefined: it is nothing of the console's. */
export type ConsolePages = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined

/** Inline style is what the components of the console need; a script is never inline. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

export async function consolePages(
  folder: string,
  { baseUrl, issuerUrl }: { readonly baseUrl: string; readonly issuerUrl: string },
): Promise<ConsolePages> {
  const build = await readConsole(folder, new URL(baseUrl).pathname.replace(/\/$/, ''))
  const issuerFolder = pathBelow(baseUrl, issuerUrl)
  const closed = ['/api', '/.well-known', ...(issuerFolder === '' ? [] : [issuerFolder])]

  return (request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    const path = pathOf(request.url)
    if (path === undefined || closed.some((folder) => path === folder || path.startsWith(`${folder}/`)))
      return undefined
    const file = build?.files.get(path)
    if (file) return sendFile(request, reply, file)
    if (path.startsWith('/assets/') || !(path === '/' || acceptsPages(request))) return undefined
    return build ? sendIndex(reply, build) : showPage(reply, 404, NOT_BUILT)
  }
}

function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split('?')[0] ?? '')
    return path.startsWith('/') ? path : undefined
  } catch {
    return undefined
  }
}

function acceptsPages({ headers }: FastifyRequest): boolean {
  return /(?:^|[\s,])text\/html(?:[\s,;]|$)/i.test(headers.accept ?? '')
}

function sendIndex(reply: FastifyReply, { index }: ConsoleBuild): FastifyReply {
  return reply
    .code(200)
    .headers({ ...HEADERS, 'cache-control': 'no-store' })
    .type('text/html; charset=utf-8')
    .send(index)
}

function sendFile({ headers }: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  const { encoding, content } = encoded(file, headers['accept-encoding'])
  const etag = encoding === undefined ? file.etag : file.etag.replace(/"$/, `-${encoding}"`)
  reply.headers({
    ...HEADERS,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    etag,
  })
  if (isNamed(etag, headers['if-none-match'])) return reply.code(304).send()
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.code(200).type(file.type).send(content)
}

function encoded(
  { brotli, gzip, content }: ConsoleFile,
  accepted: string | string[] | undefined,
): { readonly encoding?: 'br' | 'gzip'; readonly content: Buffer } {
  const names = String(accepted ?? '')
    .toLowerCase()
    .split(',')
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
    .map((part) => part.split(';')[0]?.trim())
  if (brotli && names.includes('br')) return { encoding: 'br', content: brotli }
  if (gzip && names.includes('gzip')) return { encoding: 'gzip', content: gzip }
  return { content }
}

function isNamed(etag: string, ifNoneMatch: string | undefined): boolean {
  return (ifNoneMatch ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}

const NOT_BUILT = messagePage(
  'The console is not built',
  'This server runs without its web console. Build it with "npm run build -w console" and start the server again; "npm start" does both.',
)
