/**
 * `POST {stack}/{update|preview|refresh|destroy}`: what an update is about, kept as text for the history.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/updates.go UpdateProgramRequest
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { type IsOurKid, withoutOurTokens } from './blot.ts'
import { isObject, JsonTextError, membersOf, type Span, textOf } from './json-span.ts'

export interface CreateUpdateRequest {
  readonly dryRun: boolean
  /** JSON texts: what is run, with which configuration, and where (message and environment). */
  readonly program: string
  readonly config: string
  readonly metadata: string
  /** The CLI was asked for a preview and nothing after it, of all resources. */
  readonly isWholePreview: boolean
}

/** A configuration key that the CLI could not read would make its whole history unreadable. */
const CONFIG_KEY = /^[^:]+:./

export function readCreateUpdate(body: Buffer, isOurKid: IsOurKid): CreateUpdateRequest | Refusal {
  try {
    const members = membersOf(body)
    const objectText = (key: string): string | undefined => {
      const span = members.get(key)
      if (!span || textOf(body, span) === 'null') return '{}'
      return isObject(body, span) ? textOf(body, span) : undefined
    }
    const [options, config, metadata] = [objectText('options'), objectText('config'), objectText('metadata')]
    if (!options || !config || !metadata) return invalid('"options", "config" and "metadata" must be objects')
    const { dryRun }: { dryRun?: unknown } = JSON.parse(options)
    if (dryRun !== undefined && dryRun !== null && typeof dryRun !== 'boolean') {
      return invalid('"options.dryRun" must be true or false')
    }
    const odd = [...membersOf(Buffer.from(config)).keys()].find((key) => !CONFIG_KEY.test(key))
    if (odd !== undefined)
      return invalid(`the configuration key ${JSON.stringify(odd)} is not "namespace:name"`)
    const program = programOf(body, members, options)
    return {
      dryRun: dryRun === true,
      program,
      config,
      metadata: withoutOurTokens(metadata, isOurKid),
      isWholePreview: isWholePreview(metadata),
    }
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    return { status: 400, reason: 'malformed_body', message: error.message }
  }
}

/** The CLI notes which of its flags were set: the name, and for a switch whether it is on. */
function isWholePreview(metadata: string): boolean {
  const { environment }: { environment?: unknown } = JSON.parse(metadata)
  if (typeof environment !== 'object' || environment === null) return false
  const flags = new Map(Object.entries(environment))
  return (
    flags.get('pulumi.flag.preview-only') === 'true' &&
    !flags.has('pulumi.flag.target') &&
    !flags.has('pulumi.flag.exclude')
  )
}

function programOf(body: Buffer, members: ReadonlyMap<string, Span>, options: string): string {
  const texts = ['name', 'runtime', 'main', 'description'].flatMap((key) => {
    const span = members.get(key)
    return span ? [`"${key}":${textOf(body, span)}`] : []
  })
  return `{${[...texts, `"options":${options}`].join(',')}}`
}

function invalid(what: string): Refusal {
  return { status: 400, reason: 'invalid_request', message: `Bad Request: ${what}.` }
}
