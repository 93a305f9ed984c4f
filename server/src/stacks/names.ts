/**
 * The forms of a stack's project, name and tags, as the Pulumi CLI checks them before it asks. Anchored by the schemas
 * that use them: a name is a part of a token's subject (trust/subject).
 */
import { type Static, Type } from 'typebox'

/** Not `.` or `..`: in the path of a URL they are steps, which clients and proxies take before we see them. */
const NAME = '^(?!\\.\\.?$)[A-Za-z0-9_.-]{1,100}$'
/** No line break hides behind `$`: JavaScript's matches the end of the text only. */
export const StackName = Type.String({ pattern: NAME })
export const ProjectName = Type.String({ pattern: NAME })
export const TagName = Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,40}$' })
export const TagValue = Type.String({ maxLength: 256 })

/** Anything may be asked for: what cannot exist is answered as what does not. */
export const StackPath = Type.Object({
  organization: Type.String(),
  project: Type.String(),
  stack: Type.String(),
})
export type StackPath = Static<typeof StackPath>

export const TagMap = Type.Record(TagName, TagValue, { additionalProperties: false })
