/**
 * `daytest:index:Box`, a component that the provider makes: the box itself and a thing in it.
 *
 * The engine asks the provider for it, and the provider asks the engine back to register what it is made of. It is the
 * one way to a component in YAML.
 */
import { callGrpc } from './grpc-client.ts'
import { encodeMessage, encodeStruct, type Message, stringField, structField } from './protobuf.ts'

const MONITOR = '/pulumirpc.ResourceMonitor'
/** What the box is called that the thing lies in, and this. */
const INNER = '-inner'

export async function constructBox(request: Message): Promise<Buffer> {
  const monitor = stringField(request, 6)
  const name = stringField(request, 8)
  const inputs = encodeStruct(structField(request, 10))
  const box = await callGrpc(
    monitor,
    `${MONITOR}/RegisterResource`,
    encodeMessage([
      [1, stringField(request, 7)],
      [2, name],
      [3, stringField(request, 9)],
      [5, inputs],
      [6, request.get(12)?.[0] === 1],
      ...(request.get(15) ?? []).map((dependency) => [7, dependency] as const),
      ...(request.get(29) ?? []).map((alias) => [26, alias] as const),
      [27, stringField(request, 20)],
      ...(request.get(28) ?? []).map((urn) => [38, urn] as const),
      ...COMMON,
    ]),
  )
  const urn = stringField(box, 1)
  const inner = await callGrpc(
    monitor,
    `${MONITOR}/RegisterResource`,
    encodeMessage([
      [1, 'daytest:index:Thing'],
      [2, name + INNER],
      [3, urn],
      [4, true],
      [5, inputs],
      ...COMMON,
    ]),
  )
  const outputs = encodeStruct({ made: structField(inner, 3)['made'] ?? 'not made' })
  await callGrpc(
    monitor,
    `${MONITOR}/RegisterResourceOutputs`,
    encodeMessage([
      [1, urn],
      [2, outputs],
    ]),
  )
  return encodeMessage([
    [1, urn],
    [2, outputs],
  ])
}

/** The weather strikes what lies in a box by the name of the box. */
export function outerName(name: string): string {
  return name.endsWith(INNER) ? name.slice(0, -INNER.length) : name
}

/** Secrets are accepted, and aliases are complete. */
const COMMON = [
  [13, true],
  [28, true],
] as const
