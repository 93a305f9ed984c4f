/** One request as it came over the wire: its parameters for the actions, its raw parts for the signature. */
import type { IncomingMessage } from 'node:http'
import { boundedBody } from '../cloud/http.ts'
import { type StsError, stsError } from './sts-error.ts'

export interface StsRequest {
  readonly method: 'GET' | 'POST'
  /** As sent, percent-encoding and all. */
  readonly rawPath: string
  /** As sent, without the question mark. */
  readonly rawQuery: string
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: Buffer
  /** Of the form in a POST, of the query in a GET. */
  readonly parameters: ReadonlyMap<string, string>
  readonly sourceIp: string
}

/** A token of 20,000 characters, a policy and ten ARNs fit in easily. */
const LARGEST_BODY_BYTES = 64 * 1024
const VERSION = '2011-06-15'

export async function readRequest(message: IncomingMessage): Promise<StsRequest | StsError> {
  const { method, url = '/' } = message
  if (method !== 'GET' && method !== 'POST') {
    message.resume()
    return stsError('InvalidAction', `STS is asked with GET or POST, not with ${method}.`)
  }
  const body = await boundedBody(message, LARGEST_BODY_BYTES)
  if (body === undefined) return stsError('RequestEntityTooLarge', 'Request entity is too large.')
  const mark = url.indexOf('?')
  const [rawPath, rawQuery] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
  const parameters = readParameters(method === 'POST' ? body.toString('utf8') : rawQuery)
  if (!parameters) return stsError('InvalidParameterCombination', 'A parameter is given twice.')
  const headers = new Map(
    Object.entries(message.headersDistinct).map(([name, values]) => [name, values ?? []]),
  )
  return {
    method,
    rawPath,
    rawQuery,
    headers,
    body,
    parameters,
    sourceIp: message.socket.remoteAddress ?? '',
  }
}

/** The action, once path and version are those of AWS STS. */
export function actionOf(request: StsRequest): string | StsError {
  const action = request.parameters.get('Action')
  const version = request.parameters.get('Version')
  if (request.rawPath !== '/' || !action)
    return stsError('InvalidAction', 'The request names no action of AWS STS.')
  if (version !== VERSION) {
    return stsError(
      'InvalidAction',
      `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}`,
    )
  }
  return action
}

function readParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (parameters.has(name)) return undefined
    parameters.set(name, value)
  }
  return parameters
}
