/**
 * The web console as a browser gets it: its one page, and the files that this names.
 *
 * Owns: which files there are, read once at the start, and the headers they go out with. Does not own: what stands in
 * them (the workspace console), nor who is signed in (access).
 */
import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { escaped } from '../http/page.ts'

export interface ConsoleFile {
  readonly type: string
  readonly etag: string
  readonly content: Buffer
  /** What was made of it when it was built. */
  readonly brotli: Buffer | undefined
  readonly gzip: Buffer | undefined
  /** Its name changes with its content. */
  readonly immutable: boolean
}

export interface ConsoleBuild {
  readonly index: string
  /** By path below the base URL; nothing else is ever opened. */
  readonly files: ReadonlyMap<string, ConsoleFile>
}

/** Stands in the built page exactly once, in its `<base>`. */
const BASE_PLACE = '/__DAYPASS_BASE__/'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}

/** Undefined: it has not been built, or by another version's rules. */
export async function readConsole(folder: string, basePath: string): Promise<ConsoleBuild | undefined> {
  const page = await readFile(join(folder, 'index.html'), 'utf8').catch(ifMissing)
  const [before, after, ...more] = page?.split(BASE_PLACE) ?? []
  if (before === undefined || after === undefined || more.length > 0) return undefined
  const files = new Map<string, ConsoleFile>()
  for (const path of await filesBelow(folder)) {
    const type = TYPES[extname(path)]
    if (type !== undefined) files.set(`/${path}`, await readOne(folder, path, type))
  }
  return { index: `${before}${escaped(basePath)}/${after}`, files }
}

async function filesBelow(folder: string): Promise<string[]> {
  const names = async (under: string): Promise<string[]> => {
    const entries = await readdir(join(folder, under), { withFileTypes: true }).catch(ifMissing)
    return (entries ?? []).filter((entry) => entry.isFile()).map(({ name }) => `${under}${name}`)
  }
  return [...(await names('')), ...(await names('assets/'))]
}

async function readOne(folder: string, path: string, type: string): Promise<ConsoleFile> {
  const content = await readFile(join(folder, path))
  const sibling = (ending: string) => readFile(join(folder, path + ending)).catch(ifMissing)
  return {
    type,
    etag: `"${hash('sha256', content, 'base64url')}"`,
    content,
    brotli: await sibling('.br'),
    gzip: await sibling('.gz'),
    immutable: path.startsWith('assets/'),
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}
