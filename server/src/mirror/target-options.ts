/** The options of `--publish-keys-to`: each known, each once, each with a plain value. */
import { StartRefusal } from '../start-refusal.ts'

export interface TargetOptions {
  /** @throws {StartRefusal} when it is missing, or not as `grammar` says. */
  readonly required: (name: string, example: string, grammar: RegExp) => string
  readonly optional: (name: string, grammar?: RegExp) => string | undefined
  /** Without a slash at its end. https, or this machine. */
  readonly url: (name: string) => string | undefined
}

/** What a person can see whole. */
const VISIBLE = /^[\x21-\x7e]{1,600}$/

/** @param known Names that may stand there. @throws {StartRefusal} */
export function readOptions(
  flag: string,
  query: string | undefined,
  known: readonly string[],
): TargetOptions {
  const refusal = (what: string) => new StartRefusal(`${flag} ${what}.`)
  const given = new Map<string, string>()
  for (const part of query === undefined || query === '' ? [] : query.split('&')) {
    const [, name = part, value = ''] = /^([^=]*)=(.*)$/.exec(part) ?? []
    if (!known.includes(name))
      throw refusal(`has no option ${JSON.stringify(name)} there; known are ${known.join(', ')}`)
    if (given.has(name)) throw refusal(`says ${name} twice`)
    given.set(name, decoded(value))
  }

  function decoded(value: string): string {
    try {
      return decodeURIComponent(value)
    } catch {
      throw refusal(`has a value that is not percent-encoded: ${JSON.stringify(value)}`)
    }
  }

  function optional(name: string, grammar = VISIBLE): string | undefined {
    const value = given.get(name)
    if (value !== undefined && !grammar.test(value))
      throw refusal(`has a wrong value of ${name}: ${JSON.stringify(value)}`)
    return value
  }

  return {
    optional,
    required(name, example, grammar) {
      const value = optional(name, grammar)
      if (value === undefined) throw refusal(`needs ${name}=, such as ${name}=${example}`)
      return value
    },
    url(name) {
      const value = optional(name)?.replace(/\/$/, '')
      if (value === undefined) return undefined
      if (!URL.canParse(value) || /[?#@]/.test(value)) throw refusal(`has no plain URL in ${name}=`)
      requireTls(flag, value, `${name}=${value}`)
      return value
    },
  }
}

/** A token or a header that goes there must be read by nobody on the way. */
export function requireTls(flag: string, url: string, shown: string): void {
  const { protocol, hostname } = new URL(url)
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback)) return
  throw new StartRefusal(`${flag}: ${shown} must be https, for what proves who we are travels there.`)
}
