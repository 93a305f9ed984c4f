/** A deployment that asks for a token, and the row of a token that was issued, for tests that need any. */
import { randomUUID } from 'node:crypto'
import type { MintRequest } from '../../server/src/issuer/issuer.ts'
import type { MintRecord } from '../../server/src/issuer/record.ts'

export const MINT_REQUEST: MintRequest = {
  organizationId: 'b6f9d6c0-6a2c-4b5e-8f53-8f6f7a0f0001',
  organization: 'contoso',
  project: 'core',
  stack: 'dev',
  stackId: 'b6f9d6c0-6a2c-4b5e-8f53-8f6f7a0f0002',
  deploymentId: 'b6f9d6c0-6a2c-4b5e-8f53-8f6f7a0f0003',
  subjectForm: 'pulumi',
  nameRetired: false,
  deploymentVersion: 7,
  operation: 'update',
  purpose: 'exchange',
  audience: 'contoso',
  sessionTags: [],
  facts: {
    ...{ trigger: 'rest', actor: 'alice', repository: null, commit: null },
    ...{ ref: null, pullRequest: null, templateStack: null },
  },
}

/** Another one at each call. */
export function mintRecord(): MintRecord {
  return {
    jti: randomUUID(),
    kid: 'k',
    organizationId: randomUUID(),
    stackId: randomUUID(),
    deploymentId: randomUUID(),
    subject: 'pulumi:deploy:org:contoso:project:core:stack:dev:operation:update:scope:write',
    audience: 'contoso',
    purpose: 'exchange',
    issuedAtSeconds: 1_900_000_000,
    expiresAtSeconds: 1_900_000_300,
  }
}
