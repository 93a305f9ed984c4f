/**
 * Settings of a stack's identity that Pulumi's API has no place for: ours, and never inside Pulumi's settings object,
 * where a client's PUT would erase them.
 *
 * Owns: paths and shapes. Does not own: who may change them, and what a token says (server/identity, server/issuer).
 */
import { type Static, Type } from 'typebox'
import { AwsOidcSettings, AzureOidcSettings, GcpOidcSettings } from './settings.ts'

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

/** Assumed with the session of the role before it. */
export const AwsRoleLink = Type.Object({
  roleArn: Type.String(),
  externalId: Type.Optional(
    Type.String({ description: "What the role's trust policy asks for as `sts:ExternalId`." }),
  ),
})
export type AwsRoleLink = Static<typeof AwsRoleLink>

/** As `operationContext.oidc` of the settings, and more. */
export const IdentityBlock = Type.Object(
  {
    aws: Type.Optional(
      Type.Object({
        ...AwsOidcSettings.properties,
        chain: Type.Optional(
          Type.Array(AwsRoleLink, {
            maxItems: 5,
            description:
              'Roles that are assumed one after the other from `roleArn`, all with the same session name; `duration` (an hour at most) and `policyArns` are of the last.',
          }),
        ),
      }),
    ),
    azure: Type.Optional(AzureOidcSettings),
    gcp: Type.Optional(GcpOidcSettings),
  },
  { title: 'IdentityBlock' },
)
export type IdentityBlock = Static<typeof IdentityBlock>

/** In place of `operationContext.oidc` of the settings, cloud by cloud. */
const OPERATIONS = {
  preview: Type.Optional(IdentityBlock),
  update: Type.Optional(IdentityBlock),
  refresh: Type.Optional(IdentityBlock),
  destroy: Type.Optional(IdentityBlock),
  'detect-drift': Type.Optional(IdentityBlock),
  'remediate-drift': Type.Optional(IdentityBlock),
}

/** What a session's tags may say, in the words of the token's claims. */
export const SESSION_TAGS = ['org', 'project', 'stack', 'operation', 'deployment', 'actor', 'commit'] as const
export type SessionTag = (typeof SESSION_TAGS)[number]

const SessionTags = Type.Array(Type.Enum(SESSION_TAGS), {
  maxItems: SESSION_TAGS.length,
  description:
    'Which tags the AWS sessions of the stack have. Its roles must allow `sts:TagSession` before this is set, or AWS refuses.',
})

const FIELDS = {
  audiences: Type.Array(Audience, {
    maxItems: 50,
    description:
      "Of the organization's audiences, those for which the stack's deployments may ask for tokens.",
  }),
  operations: Type.Object(OPERATIONS, {
    additionalProperties: false,
    description: 'As whom an operation acts instead of as the settings say, cloud by cloud.',
  }),
  named: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }), IdentityBlock, {
    additionalProperties: false,
    maxProperties: 20,
    description:
      'Further identities, by name: small letters, digits and `-`. AWS: a profile of that name. Azure and Google Cloud: variables that begin with it.',
  }),
  readOnlyPreviews: Type.Boolean({
    description:
      'Programs of `preview` and `detect-drift` never hold a token that a cloud takes: the runner exchanges it, for the identities of `operations.preview` alone (or of `operations.detect-drift`), on AWS with a session policy that only reads. Needs one for every cloud of the stack.',
  }),
  renew: Type.Boolean({
    description:
      'On, credentials are renewed while a deployment runs. Off: AWS gives the three static variables whatever the timeout is, and Azure `ARM_OIDC_TOKEN` (15 minutes from the step on) in place of what can be renewed, for programs that know nothing else.',
  }),
  sessionTags: SessionTags,
  subjectForm: Type.Enum(['pulumi', 'class', 'compact'], {
    description:
      'How `sub` of the tokens names the stack: as Pulumi Cloud does; `class`: with `access:read` or `access:write` in place of the operation; `compact`: `dp1:<id of the stack>:<operation>`. Whoever trusts the stack must be told before it is changed.',
  }),
}

export const StackIdentity = Type.Object(FIELDS, { title: 'StackIdentity', additionalProperties: false })
export type StackIdentity = Static<typeof StackIdentity>

/** Replaces as a whole: what is left out is none. */
export const StackIdentityRequest = Type.Partial(
  Type.Object({
    ...FIELDS,
    sessionTags: Type.Union([SessionTags, Type.Boolean()], {
      description: '`true`: all that there are now.',
    }),
  }),
  { title: 'StackIdentityRequest', additionalProperties: false },
)
export type StackIdentityRequest = Static<typeof StackIdentityRequest>
