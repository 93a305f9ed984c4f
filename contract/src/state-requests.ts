/**
 * The bodies that the `pulumi` CLI sends of stacks, updates and state. The server reads them by hand, for what is in them
 * must survive as text; these shapes describe them, and members that are not named here are kept or passed over.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype
 * Owns: the described shapes. Does not own: what the server makes of them (server/state).
 */
import { type TProperties, type TSchema, Type } from 'typebox'

const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]))
const open = (title: string, properties: TProperties) =>
  Type.Object(properties, { title, additionalProperties: true })

const Tags = Type.Record(Type.String(), Type.String())

const Resource = open('Resource', {
  urn: Type.String(),
  type: Type.String(),
  custom: Type.Boolean(),
  id: Type.Optional(Type.String()),
  parent: Type.Optional(Type.String()),
  inputs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  outputs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})

const Deployment = open('Deployment', {
  manifest: Type.Object({ time: Type.String(), magic: Type.String(), version: Type.String() }),
  resources: maybe(Type.Array(Resource)),
})

export const UntypedDeployment = open('UntypedDeployment', {
  version: Type.Integer({ minimum: 1, maximum: 4 }),
  features: maybe(Type.Array(Type.String())),
  deployment: maybe(Deployment),
})

export const CreateStackRequest = open('CreateStackRequest', {
  stackName: Type.String(),
  tags: maybe(Tags),
  teams: maybe(
    Type.Array(Type.String(), { description: 'Names of teams that may write it from the beginning.' }),
  ),
  state: maybe(UntypedDeployment),
})

export const UpdateProgramRequest = open('UpdateProgramRequest', {
  name: maybe(Type.String()),
  runtime: maybe(Type.String()),
  main: maybe(Type.String()),
  description: maybe(Type.String()),
  options: maybe(open('UpdateOptions', { dryRun: maybe(Type.Boolean()) })),
  config: maybe(
    Type.Record(
      Type.String({ pattern: '^[a-z]+:[a-z]+$' }),
      Type.Object({ string: Type.String(), secret: Type.Boolean(), object: Type.Boolean() }),
      { description: 'By `namespace:name`.' },
    ),
  ),
  metadata: maybe(open('UpdateMetadata', { message: maybe(Type.String()), environment: maybe(Tags) })),
})

export const CheckpointRequest = open('PatchUpdateCheckpointRequest', {
  isInvalid: maybe(Type.Boolean()),
  ...UntypedDeployment.properties,
})

export const CheckpointVerbatimRequest = open('PatchUpdateVerbatimCheckpointRequest', {
  version: Type.Integer(),
  untypedDeployment: UntypedDeployment,
  sequenceNumber: Type.Integer(),
})

export const EventBatch = open('EngineEventBatch', {
  events: Type.Array(
    open('EngineEvent', {
      sequence: Type.Integer({ minimum: 0, description: 'Counted from 0 in the update.' }),
      timestamp: Type.Integer(),
    }),
  ),
})

export const JournalRequest = open('JournalEntries', {
  entries: Type.Array(
    open('JournalEntry', {
      version: Type.Literal(1),
      kind: Type.Integer({ minimum: 0, maximum: 9 }),
      sequenceID: Type.Integer({ minimum: 1 }),
      operationID: Type.Integer({ minimum: 0 }),
      removeOld: Type.Optional(Type.Integer({ minimum: 0 })),
      removeNew: Type.Optional(Type.Integer({ minimum: 0 })),
      deleteOld: Type.Optional(Type.Integer({ minimum: 0 })),
      deleteNew: Type.Optional(Type.Integer({ minimum: 0 })),
      state: Type.Optional(Resource),
      newSnapshot: Type.Optional(Deployment),
    }),
  ),
})
