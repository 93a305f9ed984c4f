/**
 * `pulumi login` in the browser, until the console does it: one page on which a person gives an access token, for
 * which the waiting CLI gets a new one.
 *
 * Owns: what the CLI's link may say, the pages, and where the browser goes afterwards. Does not own: tokens.
 * A page has no script, nothing from elsewhere, and sends its form nowhere else.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/backend/httpstate/backend.go loginWithBrowser
 */
import { hash } from 'node:crypto'

/** A CLI that waits on a port of the person's own computer. */
export interface CliSession {
  readonly port: number
  /** By which the CLI knows its own request. */
  readonly nonce: string
  /** What the new token will be called. */
  readonly description: string
}

/** As they stand in the link, and come back with the form. */
export interface CliSessionFields {
  readonly cliSessionPort?: string | undefined
  readonly cliSessionNonce?: string | undefined
  readonly cliSessionDescription?: string | undefined
}

/** A port that any program may listen on; below are the computer's own services. */
const PORT = /^[1-9][0-9]{3,4}$/
const LOWEST_PORT = 1024
const HIGHEST_PORT = 65_535
/** The CLI sends 32 random bytes in hexadecimal. */
const NONCE = /^[0-9a-f]{32,128}$/
const LONGEST_DESCRIPTION = 200

/** Undefined for a link that no CLI made. */
export function cliSessionFrom(fields: CliSessionFields): CliSession | undefined {
  const { cliSessionPort = '', cliSessionNonce = '', cliSessionDescription = '' } = fields
  const port = PORT.test(cliSessionPort) ? Number(cliSessionPort) : 0
  if (port < LOWEST_PORT || port > HIGHEST_PORT || !NONCE.test(cliSessionNonce)) return undefined
  const description = cliSessionDescription.replace(/\p{C}/gu, ' ').trim().slice(0, LONGEST_DESCRIPTION)
  return { port, nonce: cliSessionNonce, description: description || 'Login of the Pulumi CLI' }
}

/** Where the CLI listens. Never another host: only the port is the link's. */
export function cliOrigin({ port }: CliSession): string {
  return `http://localhost:${port}`
}

/** The CLI's protocol wants the token in the address. */
export function handOverUrl(session: CliSession, accessToken: string): string {
  return `${cliOrigin(session)}/?${new URLSearchParams({ accessToken, nonce: session.nonce })}`
}

export interface Page {
  readonly html: string
  readonly contentSecurityPolicy: string
}

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#222;background:#fff}' +
  'label,input,button{display:block;font:inherit}input{width:100%;box-sizing:border-box;margin:.25rem 0 1rem;padding:.5rem}' +
  'button{padding:.5rem 1rem}code{overflow-wrap:anywhere}[role=alert]{color:#a40000}'
const STYLE_HASH = hash('sha256', STYLE, 'base64')

export function loginPage(session: CliSession, failure: string | undefined): Page {
  const { port, nonce, description } = session
  const hidden = Object.entries({
    cliSessionPort: String(port),
    cliSessionNonce: nonce,
    cliSessionDescription: description,
  }).map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
  // After the form the browser is sent on to the CLI, which browsers check as well.
  return page(
    'Log in the Pulumi CLI',
    `${failure === undefined ? '' : `<p role="alert">${escaped(failure)}</p>`}
<p>A program on this computer waits at <code>localhost:${port}</code> and asks to act as you:</p>
<p><code>${escaped(description)}</code></p>
<p>Go on only if you have just run <code>pulumi login</code> yourself.</p>
<form method="post" action="cli-login" autocomplete="off">
${hidden.join('\n')}
<label for="accessToken">One of your access tokens</label>
<input id="accessToken" name="accessToken" type="password" required autofocus>
<button>Log in</button>
</form>
<p>The program gets a new token, which ends no later than yours and can be revoked by itself.</p>`,
    `'self' ${cliOrigin(session)}`,
  )
}

export function messagePage(title: string, sentence: string): Page {
  return page(title, `<p>${escaped(sentence)}</p>`, "'none'")
}

function page(title: string, body: string, formTargets: string): Page {
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)} · Daypass</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`,
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formTargets}; frame-ancestors 'none'; base-uri 'none'`,
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '')
}
