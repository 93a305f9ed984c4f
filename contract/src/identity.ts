/**
 * Settings of a stack's identity that Pulumi's API has no place for: ours, and never inside Pulumi's settings object,
 * where a client's PUT would erase them.
 *
 * Owns: paths and shapes. Does not own: who may change them, and what a token says (server/identity, server/issuer).
 */
import { type Static, Type } from 'typebox'

export const ORGANIZATION_AUDIENCES_PATH = '/api/daypass/orgs/:organization/audiences'
export const STACK_IDENTITY_PATH = '/api/daypass/stacks/:organization/:project/:stack/identity'

const Audience = Type.String({ minLength: 1, maxLength: 600, description: 'Compared letter by letter.' })

/** Replaced as a whole by PUT. */
export const OrganizationAudiences = Type.Object(
  {
    audiences: Type.Array(Audience, {
      maxItems: 200,
      description: 'For whom stacks may be given tokens, beside the clouds of their settings.',
    }),
  },
  { title: 'OrganizationAudiences', additionalProperties: false },
)
export type OrganizationAudiences = Static<typeof OrganizationAudiences>

/** Replaced as a whole by PUT. */
export const StackIdentity = Type.Object(
  {
    audiences: Type.Array(Audience, {
      maxItems: 50,
      description:
        "Of the organization's audiences, those for which the stack's deployments may ask for tokens.",
    }),
  },
  { title: 'StackIdentity', additionalProperties: false },
)
export type StackIdentity = Static<typeof StackIdentity>
