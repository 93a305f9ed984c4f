/**
 * Who lets a stack's deployments in: what its clouds must trust, and why documents of theirs do or do not.
 *
 * Owns: paths and shapes. Does not own: the deciding and the words (trust), who may ask (server/trust).
 */
import { type Static, Type } from 'typebox'

export const STACK_TRUST_PATH = '/api/daypass/stacks/:organization/:project/:stack/trust'
export const EXPLAIN_TRUST_PATH = `${STACK_TRUST_PATH}/explain`

const Operation = Type.Enum(['preview', 'update', 'refresh', 'destroy', 'detect-drift', 'remediate-drift'])

const Problems = Type.Array(Type.String(), {
  description: 'Why this cloud cannot trust the issuer, or cannot be asked so; one sentence each.',
})
/** As the cloud's own command takes it. */
const Document = Type.Unknown({ description: 'Ready for the cloud: absent when a problem prevents it.' })

const Operations = Type.Array(Operation, { description: 'Those that act as it.' })

export const StackTrust = Type.Object(
  {
    issuer: Type.String({ description: 'To the letter, for every cloud.' }),
    audience: Type.String(),
    subjects: Type.Array(Type.Object({ operation: Operation, subject: Type.String() })),
    aws: Type.Array(
      Type.Object({
        roleArn: Type.String(),
        operations: Operations,
        providerArn: Type.Optional(Type.String({ description: 'The OIDC provider that its account needs.' })),
        trustPolicy: Type.Optional(Document),
        sessionTags: Type.Array(Type.String(), {
          description: 'That its sessions get: where there are any, it must allow `sts:TagSession`.',
        }),
        problems: Problems,
      }),
    ),
    azure: Type.Array(
      Type.Object({
        clientId: Type.Optional(Type.String()),
        operations: Operations,
        federatedCredentials: Type.Optional(Type.Array(Document)),
        problems: Problems,
      }),
    ),
    google: Type.Array(
      Type.Object({
        serviceAccount: Type.String(),
        operations: Operations,
        provider: Type.Optional(Document),
        policy: Type.Optional(Document),
        problems: Problems,
      }),
    ),
  },
  {
    title: 'StackTrust',
    description: 'Roles and accounts are those of the saved settings and of the identity.',
  },
)
export type StackTrust = Static<typeof StackTrust>

export const ExplainTrustRequest = Type.Object(
  {
    documents: Type.Array(Type.Unknown(), {
      minItems: 1,
      maxItems: 5,
      description:
        'What `aws iam get-role`, `az ad app federated-credential list`, `gcloud iam workload-identity-pools providers describe` and `gcloud iam service-accounts get-iam-policy` print; those of one cloud at a time.',
    }),
    operations: Type.Optional(Type.Array(Operation, { minItems: 1, description: 'By default all six.' })),
    audience: Type.Optional(
      Type.String({ minLength: 1, maxLength: 600, description: 'By default the organization.' }),
    ),
    claims: Type.Optional(
      Type.Record(Type.String({ pattern: '^urn:daypass:[a-z_]+$' }), Type.String({ maxLength: 600 }), {
        description: 'What the token has only when the deployment runs, such as `urn:daypass:trigger`.',
      }),
    ),
  },
  { title: 'ExplainTrustRequest', additionalProperties: false },
)
export type ExplainTrustRequest = Static<typeof ExplainTrustRequest>

const Explanation = Type.Object({
  code: Type.String({ description: 'Stable.' }),
  clause: Type.String(),
  sentence: Type.String(),
  mend: Type.String(),
})

export const ExplainedTrust = Type.Object(
  {
    cloud: Type.Enum(['aws', 'azure', 'google']),
    issuer: Type.String(),
    audience: Type.String(),
    allowed: Type.Boolean({ description: 'Whether every operation that was asked about is let in.' }),
    operations: Type.Array(
      Type.Object({
        operation: Operation,
        subject: Type.String(),
        allowed: Type.Boolean(),
        by: Type.Optional(
          Type.String({ description: 'The statement, credential or member that lets it in.' }),
        ),
        explanations: Type.Array(Explanation, { description: 'Why not, the nearest miss first.' }),
      }),
    ),
    findings: Type.Array(
      Type.Object({
        severity: Type.Enum(['error', 'warning', 'notice']),
        code: Type.String({ description: 'Stable.' }),
        sentence: Type.String(),
        mend: Type.String(),
      }),
      {
        description:
          'Whom the documents let in beside, and other faults, as `daypass trust check` says them.',
      },
    ),
  },
  { title: 'ExplainedTrust' },
)
export type ExplainedTrust = Static<typeof ExplainedTrust>
