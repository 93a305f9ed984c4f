/**
 * A state on its way in: checked, cut out of the body, and packed as it comes, so that it is never there as a whole.
 *
 * Bodies are Pulumi's `UntypedDeployment`, `{"version", "features"?, "deployment"}`, with more members beside them in a
 * checkpoint, or one of these inside of another object.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go UntypedDeployment
 */
import { createHash } from 'node:crypto'
import type { Refusal } from '@daypass/contract/errors.ts'
import { isRefusal } from '../refuse.ts'
import { ARRAY, jsonScan, OBJECT, type ScanVisitor } from './json-scan.ts'
import { JsonTextError } from './json-span.ts'
import { type PassingText, passingText } from './passing-text.ts'
import { chunksOf, type Pieces } from './state-chunks.ts'
import { labelFrom, malformedState } from './state-text.ts'
import type { ReceivedState } from './stored-state.ts'

/** @param under The member that holds the state; undefined: the body is one. */
export async function receiveState(body: Pieces, under?: string): Promise<ReceivedState | Refusal> {
  const reader = stateReader(under)
  const digest = createHash('sha256')
  let byteCount = 0
  async function* deployment(): AsyncGenerator<Buffer> {
    for await (const piece of body) {
      for (const part of reader.push(piece)) {
        digest.update(part)
        byteCount += part.length
        yield part
      }
    }
  }
  try {
    const chunks = await Array.fromAsync(chunksOf(deployment()))
    const label = reader.finish()
    return isRefusal(label) ? label : { ...label, byteCount, sha256: digest.digest(), chunks }
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    return { status: 400, reason: 'malformed_body', message: error.message }
  }
}

/** Of a state: `version` and `features`. */
const LONGEST_LABEL_BYTES = 64 * 1024
const NULL_START = 0x6e

function stateReader(under: string | undefined) {
  /** Of the members of the state. */
  const level = under === undefined ? 1 : 2
  const texts = {
    version: passingText(LONGEST_LABEL_BYTES),
    features: passingText(LONGEST_LABEL_BYTES),
    deployment: passingText(),
  }
  const isOneOf = (key: string | undefined): key is keyof typeof texts =>
    key !== undefined && Object.hasOwn(texts, key)
  let inState = under === undefined
  let isObject = false
  let inResources = false
  let resourceCount = 0
  const open: (PassingText | undefined)[] = []

  const visitor: ScanVisitor = {
    begin(depth, key, at, first) {
      if (depth === 0 && first !== OBJECT) throw new JsonTextError('Not valid JSON: an object was expected.')
      if (level === 2 && depth === 1) {
        inState = key === under && first !== NULL_START
        if (inState && first !== OBJECT) throw new JsonTextError(`"${key}" must be an object.`)
      }
      if (!inState) return
      if (depth === level && isOneOf(key)) {
        open[depth] = texts[key]
        texts[key].begin(at)
        if (key === 'deployment') isObject = first === OBJECT
      }
      if (depth === level + 1) {
        inResources = open[level] === texts.deployment && key === 'resources' && first !== NULL_START
        if (inResources && first !== ARRAY) throw new JsonTextError('"resources" must be an array.')
      }
      if (depth === level + 2 && inResources) resourceCount += 1
    },
    end(depth, at) {
      open[depth]?.end(at)
      open[depth] = undefined
      if (depth === level + 1) inResources = false
      if (level === 2 && depth === 1) inState = false
    },
  }
  const scan = jsonScan(level + 1, visitor)

  return {
    /** @returns What of it belongs to the deployment. */
    push(piece: Buffer): Buffer[] {
      scan.push(piece)
      texts.version.keep(piece)
      texts.features.keep(piece)
      return texts.deployment.pass(piece)
    },
    finish() {
      scan.finish()
      if (under !== undefined && !texts.deployment.hasBegun && !texts.version.hasBegun) {
        return malformedState(`it needs an object "${under}"`)
      }
      const label = labelFrom(texts.version.text(), texts.features.text())
      if (isRefusal(label)) return label
      if (!isObject) return malformedState('it needs an object "deployment"')
      return { ...label, resourceCount }
    },
  }
}
