/**
 * The pages on which GitHub makes an App of a manifest, held against what GitHub documents of it: where the form goes, its
 * fields, and where the browser goes afterwards. Stricter than GitHub, which passes over fields that it does not know.
 *
 * @see https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'

export interface Manifest {
  readonly name: string
  readonly hook_attributes: { readonly url: string }
  readonly redirect_url: string
  readonly setup_url: string
  readonly public: boolean
  readonly default_permissions: Readonly<Record<string, string>>
  readonly default_events: readonly string[]
}

/** Each with what may be said of it, by GitHub's own description. */
const APP_PERMISSIONS: object = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8'))
  .components.schemas['app-permissions'].properties

const text = { type: 'string', minLength: 1 }
const url = { type: 'string', format: 'uri', pattern: '^https?://' }
const ajv = new Ajv({ strict: false })
formats.default(ajv)
const isManifest = ajv.compile<Manifest>({
  type: 'object',
  required: ['url', 'redirect_url', 'hook_attributes'],
  additionalProperties: false,
  properties: {
    name: { ...text, maxLength: 34 },
    url,
    hook_attributes: {
      type: 'object',
      required: ['url'],
      additionalProperties: false,
      properties: { url, active: { type: 'boolean' } },
    },
    redirect_url: url,
    callback_urls: { type: 'array', maxItems: 10, items: url },
    setup_url: url,
    description: text,
    public: { type: 'boolean' },
    default_events: {
      type: 'array',
      items: { enum: ['push', 'pull_request', 'issue_comment', 'pull_request_review'] },
    },
    default_permissions: {
      type: 'object',
      additionalProperties: false,
      properties: APP_PERMISSIONS,
    },
    request_oauth_on_install: { type: 'boolean' },
    setup_on_update: { type: 'boolean' },
  },
})

const FORM = /^(?:\/organizations\/([A-Za-z0-9-]+))?\/settings\/apps\/new$/
const CREATE = '/settings/apps/create/'
const INSTALL = /^\/apps\/[A-Za-z0-9-]+\/installations\/new$/

export interface ManifestPages {
  /** @returns Whether the request was for one of them. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** @param made Told of each App, with the code for it and who owns it. */
export function manifestPages(
  mistakes: string[],
  made: (manifest: Manifest, code: string, owner: string | undefined) => void,
): ManifestPages {
  const shown = new Map<
    string,
    { readonly manifest: Manifest; readonly state: string | null; readonly owner: string | undefined }
  >()

  let setupUrl = ''

  async function showForm(request: IncomingMessage, response: ServerResponse, to: URL): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const manifest = parsed(form.get('manifest') ?? '')
    const problem =
      request.method !== 'POST' ||
      request.headers['content-type']?.split(';')[0] !== 'application/x-www-form-urlencoded'
        ? 'it is no form'
        : [...form.keys()].join() !== 'manifest'
          ? `its fields are ${[...form.keys()].join()}`
          : isManifest(manifest)
            ? undefined
            : `${isManifest.errors?.[0]?.instancePath} ${isManifest.errors?.[0]?.message}`
    if (problem !== undefined) {
      mistakes.push(`the form for a new App: ${problem}`)
      response.writeHead(422).end(problem)
      return
    }
    // Browsers say that of a page with a strict referrer policy; GitHub is not known to take it.
    if (request.headers.origin === 'null') mistakes.push('the form for a new App: its Origin is null')
    const [, owner] = FORM.exec(to.pathname) ?? []
    const id = randomBytes(8).toString('hex')
    shown.set(id, { manifest: manifest as Manifest, state: to.searchParams.get('state'), owner })
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(`<form method="post" action="${CREATE}${id}"><button>Create GitHub App</button></form>`)
  }

  /** Choosing repositories is one more click; the App is on all of them here. */
  function install(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<form method="post"><button>Install</button></form>')
      return
    }
    const back = new URL(setupUrl)
    back.searchParams.set('installation_id', '4711')
    back.searchParams.set('setup_action', 'install')
    response.writeHead(302, { location: back.href }).end()
  }

  function create(response: ServerResponse, id: string): void {
    const one = shown.get(id)
    shown.delete(id)
    if (one === undefined) {
      response.writeHead(404).end()
      return
    }
    setupUrl = one.manifest.setup_url
    const code = randomBytes(20).toString('hex')
    made(one.manifest, code, one.owner)
    const back = new URL(one.manifest.redirect_url)
    back.searchParams.set('code', code)
    if (one.state !== null) back.searchParams.set('state', one.state)
    response.writeHead(302, { location: back.href }).end()
  }

  return {
    answer(request, response) {
      const to = new URL(request.url ?? '/', 'http://localhost')
      if (FORM.test(to.pathname)) void showForm(request, response, to)
      else if (INSTALL.test(to.pathname)) install(request, response)
      else if (request.method === 'POST' && to.pathname.startsWith(CREATE))
        create(response, to.pathname.slice(CREATE.length))
      else return false
      return true
    },
  }
}

function parsed(given: string): unknown {
  try {
    return JSON.parse(given)
  } catch {
    return undefined
  }
}
