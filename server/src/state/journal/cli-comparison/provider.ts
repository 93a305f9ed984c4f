/**
 * A Pulumi provider without a cloud: `daytest:index:Thing`, whose inputs say how it behaves, and boxes that hold one.
 *
 * It is stateless and its ids depend on its inputs alone, so that two runs of a program are told the same. What a cloud
 * would do by itself (a thing vanishes, a call hangs) the test sets in `Weather`.
 */
import { createHash } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { constructBox, outerName } from './component.ts'
import { GrpcError, startGrpcServer } from './grpc-server.ts'
import {
  encodeMessage,
  encodeStruct,
  type Json,
  type JsonObject,
  type Message,
  stringField,
  structField,
} from './protobuf.ts'

/** Names of things, by what happens to them. Cleared by the test. */
export interface Weather {
  readonly vanished: Set<string>
  readonly drifted: Set<string>
  readonly failing: Set<string>
  readonly failingHalfway: Set<string>
  readonly hanging: Set<string>
}

export interface TestProvider {
  readonly weather: Weather
  /** Resolves when a call hangs. */
  whenHanging(): Promise<void>
  /** A folder for `plugins.providers[].path` of a program. */
  installInto(folder: string): Promise<void>
  close(): Promise<void>
}

const STRING = { type: 'string' }
const ANY = { $ref: 'pulumi.json#/Any' }
/** Changing `fixed` replaces the thing; `first: true` deletes it before; `wary: true` wants a refresh before updates. */
const PROPERTIES = {
  value: ANY,
  fixed: STRING,
  first: { type: 'boolean' },
  wary: { type: 'boolean' },
  token: STRING,
}
const SCHEMA = {
  name: 'daytest',
  version: '1.0.0',
  resources: {
    'daytest:index:Thing': {
      inputProperties: PROPERTIES,
      properties: { ...PROPERTIES, made: STRING, secretMade: { ...STRING, secret: true } },
    },
    'daytest:index:Box': { isComponent: true, inputProperties: PROPERTIES, properties: { made: STRING } },
  },
}

export async function startTestProvider(): Promise<TestProvider> {
  const weather: Weather = {
    vanished: new Set(),
    drifted: new Set(),
    failing: new Set(),
    failingHalfway: new Set(),
    hanging: new Set(),
  }
  let hangs = Promise.withResolvers<void>()
  const cancels: (() => void)[] = []
  const suffer = async (name: string): Promise<void> => {
    if (weather.failing.has(name)) throw new GrpcError(`the weather made ${name} fail`)
    if (!weather.hanging.has(name)) return
    hangs.resolve()
    await new Promise<void>((resolve) => cancels.push(resolve))
    throw new GrpcError(`${name} was cancelled`)
  }
  const server = await startGrpcServer({
    GetPluginInfo: () => encodeMessage([[1, '1.0.0']]),
    GetSchema: () => encodeMessage([[1, JSON.stringify(SCHEMA)]]),
    CheckConfig: (request) => encodeMessage([[1, encodeStruct(structField(request, 3))]]),
    DiffConfig: () => encodeMessage([[4, DIFF_NONE]]),
    // Secrets come as such, which a provider of components must take, and go back as such.
    Configure: () =>
      encodeMessage([
        [1, true],
        [2, true],
      ]),
    Check: (request) => encodeMessage([[1, encodeStruct(structField(request, 3))]]),
    Diff: diff,
    Construct: constructBox,
    async Create(request) {
      const name = nameOf(request, 1)
      const inputs = structField(request, 2)
      if (request.get(4)?.[0] === 1) return encodeMessage([[2, encodeStruct(inputs)]])
      await suffer(name)
      const id = `${name}-${digestOf(inputs)}`
      if (weather.failingHalfway.has(name)) throw halfway(id, inputs, name)
      return encodeMessage([
        [1, id],
        [2, encodeStruct(outputsOf(inputs, name))],
        [3, inputs['wary'] === true],
      ])
    },
    async Update(request) {
      const name = nameOf(request, 2)
      const inputs = structField(request, 4)
      if (request.get(7)?.[0] !== 1) await suffer(name)
      if (weather.failingHalfway.has(name)) throw halfway(stringField(request, 1), inputs, name)
      return encodeMessage([
        [1, encodeStruct(outputsOf(inputs, name))],
        [2, inputs['wary'] === true],
      ])
    },
    async Delete(request) {
      await suffer(nameOf(request, 2))
      return Buffer.alloc(0)
    },
    Read(request) {
      const name = nameOf(request, 2)
      if (weather.vanished.has(name)) return Buffer.alloc(0)
      const known = structField(request, 4)
      const inputs = Object.keys(known).length === 0 ? { value: `found ${stringField(request, 1)}` } : known
      const outputs = outputsOf(inputs, name)
      const now = weather.drifted.has(name) ? { ...outputs, made: 'by somebody else' } : outputs
      return encodeMessage([
        [1, stringField(request, 1)],
        [2, encodeStruct(now)],
        [3, encodeStruct(inputs)],
        [4, inputs['wary'] === true],
      ])
    },
    Cancel() {
      for (const cancel of cancels.splice(0)) cancel()
      return Buffer.alloc(0)
    },
  })
  return {
    weather,
    whenHanging() {
      hangs = Promise.withResolvers()
      return hangs.promise
    },
    async installInto(folder) {
      await mkdir(folder, { recursive: true })
      const binary = join(folder, 'pulumi-resource-daytest')
      // The engine reads the port, and ends the process when it is done; if it was killed, the folder's end does.
      await writeFile(
        binary,
        `#!/bin/sh\nprintf '%s\\n' ${server.port}\nwhile [ -e "$0" ]; do sleep 1; done\n`,
      )
      await chmod(binary, 0o755)
    },
    close: () => server.close(),
  }
}

const DIFF_NONE = 1
const DIFF_SOME = 2

function diff(request: Message): Buffer {
  const olds = structField(request, 6)
  const news = structField(request, 4)
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])]
  const changes = keys.filter((key) => inOrder(olds[key]) !== inOrder(news[key]))
  return encodeMessage([
    ...changes.filter((key) => key === 'fixed').map((key) => [1, key] as const),
    [3, news['first'] === true],
    [4, changes.length === 0 ? DIFF_NONE : DIFF_SOME],
    ...changes.map((key) => [5, key] as const),
  ])
}

function outputsOf(inputs: JsonObject, name: string): JsonObject {
  return { ...inputs, made: `made ${name}`, secretMade: `secret of ${name}` }
}

function nameOf(request: Message, urnField: number): string {
  return outerName(stringField(request, urnField).split('::').at(-1) ?? '')
}

function digestOf(inputs: JsonObject): string {
  return createHash('sha256').update(inOrder(inputs)).digest('hex').slice(0, 8)
}

/** The engine sends properties in any order. */
function inOrder(value: Json | undefined): string {
  return JSON.stringify(value, (_, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )
}

/** The thing is there, and not as it should be: Pulumi's `ErrorResourceInitFailed`. */
function halfway(id: string, inputs: JsonObject, name: string): GrpcError {
  const sentence = `${name} is only half there`
  const failed = encodeMessage([
    [1, id],
    [2, encodeStruct(outputsOf(inputs, name))],
    [3, sentence],
    [4, encodeStruct(inputs)],
  ])
  const any = encodeMessage([
    [1, 'type.googleapis.com/pulumirpc.ErrorResourceInitFailed'],
    [2, failed],
  ])
  return new GrpcError(
    sentence,
    encodeMessage([
      [1, 2],
      [2, sentence],
      [3, any],
    ]),
  )
}
