/** As much of protobuf's wire format as a test provider speaks, with `google.protobuf.Struct` as plain values. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = Readonly<Record<string, Json>>

/** A message's fields by number; a repeated one has several values. */
export type Message = ReadonlyMap<number, readonly (Buffer | number)[]>

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

export function decodeMessage(bytes: Buffer): Message {
  const message = new Map<number, (Buffer | number)[]>()
  let at = 0
  const varint = (): number => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes.readUInt8(at++))
      value |= (byte & 0x7fn) << shift
      if (byte < 0x80n) return Number(value)
    }
  }
  const skipped = (length: number): Buffer => {
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = varint()
    const wireType = tag & 7
    const values = message.get(tag >>> 3) ?? []
    if (wireType === VARINT) values.push(varint())
    else if (wireType === FIXED64) values.push(skipped(8).readDoubleLE())
    else if (wireType === BYTES) values.push(skipped(varint()))
    else if (wireType === FIXED32) values.push(skipped(4).readFloatLE())
    else throw new Error(`wire type ${wireType}`)
    message.set(tag >>> 3, values)
  }
  return message
}

export function stringField(message: Message, field: number): string {
  return message.get(field)?.[0]?.toString() ?? ''
}

export function structField(message: Message, field: number): JsonObject {
  const bytes = message.get(field)?.[0]
  return Buffer.isBuffer(bytes) ? decodeStruct(bytes) : {}
}

/** Fields left out where a value is undefined. */
export function encodeMessage(
  fields: readonly (readonly [number, Buffer | string | boolean | number])[],
): Buffer {
  return Buffer.concat(
    fields.flatMap(([field, value]) => {
      if (typeof value === 'boolean') return [varintOf(field * 8 + VARINT), varintOf(value ? 1 : 0)]
      if (typeof value === 'number') return [varintOf(field * 8 + VARINT), varintOf(value)]
      const bytes = typeof value === 'string' ? Buffer.from(value) : value
      return [varintOf(field * 8 + BYTES), varintOf(bytes.length), bytes]
    }),
  )
}

export function encodeStruct(value: JsonObject): Buffer {
  return encodeMessage(
    Object.entries(value).map(([key, one]) => [
      1,
      encodeMessage([
        [1, key],
        [2, encodeValue(one)],
      ]),
    ]),
  )
}

function encodeValue(value: Json): Buffer {
  if (value === null) return encodeMessage([[1, 0]])
  if (typeof value === 'number') {
    const double = Buffer.alloc(8)
    double.writeDoubleLE(value)
    return Buffer.concat([varintOf(2 * 8 + FIXED64), double])
  }
  if (typeof value === 'string') return encodeMessage([[3, value]])
  if (typeof value === 'boolean') return encodeMessage([[4, value]])
  if (Array.isArray(value)) {
    return encodeMessage([[6, encodeMessage(value.map((one: Json) => [1, encodeValue(one)] as const))]])
  }
  return encodeMessage([[5, encodeStruct(value as JsonObject)]])
}

function decodeStruct(bytes: Buffer): JsonObject {
  const entries = decodeMessage(bytes).get(1) ?? []
  return Object.fromEntries(
    entries.map((entry) => {
      const pair = decodeMessage(entry as Buffer)
      return [stringField(pair, 1), decodeValue(pair.get(2)?.[0] as Buffer)]
    }),
  )
}

function decodeValue(bytes: Buffer): Json {
  for (const [kind, values] of decodeMessage(bytes)) {
    const value = values[0]
    if (kind === 2) return Number(value)
    if (kind === 3) return String(value)
    if (kind === 4) return value === 1
    if (kind === 5) return decodeStruct(value as Buffer)
    if (kind === 6)
      return (decodeMessage(value as Buffer).get(1) ?? []).map((one) => decodeValue(one as Buffer))
  }
  return null
}

function varintOf(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}
