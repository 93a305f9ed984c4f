/**
 * `pulumi login` in the browser, until the console does it: one page on which a person gives an access token, for
 * which the waiting CLI gets a new one.
 *
 * Owns: what the CLI's link may say, the page, and where the browser goes afterwards. Does not own: tokens.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/backend/httpstate/backend.go loginWithBrowser
 */
import { escaped, type Page, page } from '../http/page.ts'

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

/** @param signedIn Who is signed in to the console in this browser, and need not show a token again. */
export function loginPage(
  session: CliSession,
  failure: string | undefined,
  signedIn?: { readonly login: string; readonly name: string } | undefined,
): Page {
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
${signedIn === undefined ? '' : continueForm(signedIn, hidden)}<form method="post" action="cli-login" autocomplete="off">
${hidden.join('\n')}
<label for="accessToken">One of your access tokens</label>
<input id="accessToken" name="accessToken" type="password" required${signedIn === undefined ? ' autofocus' : ''}>
<button>Log in</button>
</form>
<p>The program gets a new token, which ends no later than yours and can be revoked by itself.</p>`,
    `'self' ${cliOrigin(session)}`,
  )
}

function continueForm({ login, name }: { login: string; name: string }, hidden: readonly string[]): string {
  return `<form method="post" action="cli-login">
${hidden.join('\n')}
<input type="hidden" name="asSignedIn" value="1">
<button autofocus>Continue as ${escaped(name || login)}</button>
</form>
<p>Or as somebody else:</p>
`
}
